namespace EventSegmentation.Contracts;

/// <summary>
/// Events that ingestion refused, told to segmentation so that the event history shows them. Best effort and
/// bounded: the sender has had its answer, and a flood of refusals, or an outage, loses some of these.
/// </summary>
public sealed record EventsRefused
{
    /// <summary>The most events in one message.</summary>
    public const int MaxEvents = 100;

    /// <summary>The refused events. One to <see cref="MaxEvents"/>.</summary>
    public required IReadOnlyList<EventRefusal> Events { get; init; }
}

/// <summary>One event that was refused, as far as it could be read.</summary>
public sealed record EventRefusal
{
    /// <summary>The most characters of <see cref="Body"/>; more are cut off.</summary>
    public const int MaxBodyCharacters = 4_096;

    /// <summary>The identity of the refusal, 1 to 100 characters: the same on every redelivery. The event may be refused again under another one.</summary>
    public required string RefusalId { get; init; }

    /// <summary>The sender's event id; null if it gave none that is acceptable.</summary>
    public string? EventId { get; init; }

    /// <summary>The event type; null if it gave none that is acceptable.</summary>
    public string? EventType { get; init; }

    /// <summary>The sender's uniqueness key; null if it gave none that is acceptable.</summary>
    public string? KeyValue { get; init; }

    /// <summary>When it happened, UTC; null if it does not say, or cannot be read.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>When ingestion received it, UTC, in whole microseconds.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>One of <see cref="RefusalSource"/>.</summary>
    public required string Source { get; init; }

    /// <summary>Why, as the sender was told. One or more.</summary>
    public required IReadOnlyList<RefusalDetail> Reasons { get; init; }

    /// <summary>The event as it was sent, JSON text, cut at <see cref="MaxBodyCharacters"/>.</summary>
    public required string Body { get; init; }
}

#pragma warning disable CA1720 // "Pointer" is the word of RFC 6901, and of the problems that the sender was given.
/// <summary>One reason of a refusal.</summary>
/// <param name="Pointer">Where: a JSON pointer into the body of the request that brought the event.</param>
/// <param name="Detail">What the limit is, and what came.</param>
public sealed record RefusalDetail(string Pointer, string Detail);
#pragma warning restore CA1720

/// <summary>The words of <see cref="EventRefusal.Source"/>.</summary>
public static class RefusalSource
{
    /// <summary>It came over HTTP.</summary>
    public const string Http = "http";

    /// <summary>It came over AMQP.</summary>
    public const string Amqp = "amqp";

    /// <summary>It was accepted, and could not be stored. Never in a message: segmentation notes it itself.</summary>
    public const string Store = "store";
}
