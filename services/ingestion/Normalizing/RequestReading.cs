using System.Text.Json.Serialization;
using EventSegmentation.Contracts;

namespace EventSegmentation.Ingestion.Normalizing;

/// <summary>What a body turned out to be.</summary>
internal abstract record RequestReading
{
    private RequestReading()
    {
    }

    /// <summary>The body as a whole is not what is expected; no event in it was read.</summary>
    public sealed record Unreadable(FieldError Error) : RequestReading;

    /// <summary>The body holds events. At least one stands in one of the two lists.</summary>
    /// <param name="Accepted">The good ones, in the order of the body.</param>
    /// <param name="Refused">The others, in the order of the body.</param>
    public sealed record Events(IReadOnlyList<NormalizedEvent> Accepted, IReadOnlyList<RefusedEvent> Refused) : RequestReading;
}

/// <summary>One event of a request that was refused, as the sender is told.</summary>
/// <param name="Index">Its place in the request, from 0.</param>
/// <param name="EventId">The sender's id, if it gave one that is acceptable.</param>
/// <param name="Errors">Why.</param>
internal sealed record RefusedEvent(int Index, string? EventId, IReadOnlyList<FieldError> Errors)
{
    /// <summary>The pointer to the event in the body.</summary>
    [JsonIgnore]
    public string Pointer { get; init; } = "";

    /// <summary>The event as it was sent.</summary>
    [JsonIgnore]
    public byte[] Json { get; init; } = [];

    /// <summary>The identity of the refusal: made as an event's id would be, so that a redelivery makes the same.</summary>
    [JsonIgnore]
    public string RefusalId { get; init; } = "";

    /// <inheritdoc cref="EventVerdict.Refused.EventType"/>
    [JsonIgnore]
    public string? EventType { get; init; }

    /// <inheritdoc cref="EventVerdict.Refused.KeyValue"/>
    [JsonIgnore]
    public string? KeyValue { get; init; }

    /// <inheritdoc cref="EventVerdict.Refused.OccurredAt"/>
    [JsonIgnore]
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>When the request came, in whole microseconds.</summary>
    [JsonIgnore]
    public DateTimeOffset ReceivedAt { get; init; }
}
