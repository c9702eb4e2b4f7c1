namespace EventSegmentation.Evaluation;

/// <summary>What conditions know of a contact besides its events.</summary>
/// <param name="ContactId">The contact's id, an opaque text.</param>
/// <param name="Created">When this system made the contact.</param>
/// <param name="Source">What made it, for example <c>Event</c>.</param>
public sealed record ContactFacts(string ContactId, DateTimeOffset Created, string Source);
