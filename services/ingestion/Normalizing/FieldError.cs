using System.Text.Json.Serialization;

namespace EventSegmentation.Ingestion.Normalizing;

/// <summary>Why something in a request was refused.</summary>
/// <param name="Pointer">Where: a JSON pointer (RFC 6901) into the body as it was sent; empty means all of it.</param>
/// <param name="Detail">What the limit is and what came. Written for the sender; never logged.</param>
internal sealed record FieldError(string Pointer, string Detail)
{
    /// <summary>The kind of refusal, for the metrics.</summary>
    [JsonIgnore]
    public RefusalReason Reason { get; init; }
}

/// <summary>The closed set of reasons by which refusals are counted.</summary>
internal enum RefusalReason
{
    Shape,
    NotJson,
    ContentType,
    TooLarge,
    TooMany,
    EventType,
    KeyValue,
    EventId,
    OccurredAt,
    Params,
    NotAllowed,
    Fault,
}
