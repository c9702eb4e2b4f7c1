using EventSegmentation.Ingestion.Normalizing;

namespace EventSegmentation.Ingestion.Calls;

/// <summary>The answer to one event that the broker has.</summary>
/// <param name="EventId">The sender's id, or the one that was made.</param>
internal sealed record EventAnswer(string EventId);

/// <summary>The answer to a batch.</summary>
/// <param name="Accepted">How many events the broker has.</param>
/// <param name="Refused">The others, in the order of the request.</param>
internal sealed record BatchAnswer(int Accepted, IReadOnlyList<RefusedEvent> Refused);

/// <summary>The answer to a health question.</summary>
/// <param name="Reasons">Why not, if it is not well.</param>
internal sealed record HealthAnswer(string Status, IReadOnlyList<string> Reasons);
