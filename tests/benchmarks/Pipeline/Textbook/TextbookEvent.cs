namespace EventSegmentation.Benchmarks.Pipeline.Textbook;

/// <summary>One event, one message.</summary>
/// <param name="Place">Of the event in its stream.</param>
/// <param name="Params">JSON.</param>
internal sealed record TextbookEvent(int Place, string EventId, string Type, string Contact, DateTimeOffset OccurredAt, string Params);
