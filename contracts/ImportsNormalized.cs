namespace EventSegmentation.Contracts;

/// <summary>
/// A batch of past events that are imported on purpose, from ingestion to segmentation. Apart from
/// <see cref="EventsNormalized"/> only by its name, and so by its queue: however many imports wait, live events do
/// not wait behind them. A batch holds imports only.
/// </summary>
public sealed record ImportsNormalized
{
    /// <summary>The events, in the order in which the sender gave them, each with <see cref="NormalizedEvent.Import"/>. One to <see cref="EventsNormalized.MaxEvents"/>.</summary>
    public required IReadOnlyList<NormalizedEvent> Events { get; init; }
}
