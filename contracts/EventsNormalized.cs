using System.Text.Json;

namespace EventSegmentation.Contracts;

/// <summary>
/// A batch of checked, normalized events, from ingestion to segmentation. A batch is a unit of transport
/// only: it may be redelivered, and its events may stand in another batch too. <see cref="NormalizedEvent.EventId"/>
/// alone says whether two events are one.
/// </summary>
public sealed record EventsNormalized
{
    /// <summary>The most events in one batch.</summary>
    public const int MaxEvents = 500;

    /// <summary>The events, in the order in which the sender gave them. One to <see cref="MaxEvents"/>.</summary>
    public required IReadOnlyList<NormalizedEvent> Events { get; init; }
}

/// <summary>One event as ingestion accepted it. All limits of the intake have been checked.</summary>
public sealed record NormalizedEvent
{
    /// <summary>The identity of the event: the sender's, or one that ingestion made. 1 to 100 characters.</summary>
    public required string EventId { get; init; }

    /// <summary>The event type's key, 1 to 100 characters, compared exactly.</summary>
    public required string EventType { get; init; }

    /// <summary>The sender's uniqueness key, kept with the event and never used as an identifier; null if none was given.</summary>
    public string? KeyValue { get; init; }

    /// <summary>When it happened, UTC, in whole microseconds. May lie in the future.</summary>
    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>When ingestion received it, UTC, in whole microseconds.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>True if it came by the past-events call: it counts whenever it occurred.</summary>
    public bool Import { get; init; }

    /// <summary>The parameters: always a JSON object, possibly empty.</summary>
    public required JsonElement Params { get; init; }
}
