using System.Text.Json;

namespace EventSegmentation.Contracts;

/// <summary>
/// Events from a sender that speaks MassTransit, to be published as it is. It has the shape of the HTTP
/// body of <c>POST /api/v3/events</c>, and the same limits; events that are refused go to the queue
/// <c>event-segmentation.refused</c> with the reason.
/// </summary>
public sealed record SubmitEvents
{
    /// <summary>One to 500 events.</summary>
    public required IReadOnlyList<SubmittedEvent> Events { get; init; }
}

/// <summary>One event as a sender gives it.</summary>
public sealed record SubmittedEvent
{
    /// <summary>The event type, 1 to 100 characters and none of <c>&lt; &gt; ; ' \ / | " ` ^ ? ! ,</c>.</summary>
    public required string EventTypeKey { get; init; }

    /// <summary>The sender's uniqueness key, up to 300 characters; optional.</summary>
    public string? KeyValue { get; init; }

    /// <summary>The identity of the event, up to 100 characters. With it, sending twice is harmless; without it, ingestion makes one.</summary>
    public string? EventId { get; init; }

    /// <summary>When it happened; null means the time of receipt.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>The parameters: a JSON object, or an array of <c>{name, value}</c>; null means none.</summary>
    public JsonElement? Params { get; init; }
}
