using System.Text.Json;
using System.Text.Json.Serialization;
using EventSegmentation.Contracts;

namespace EventSegmentation.Segmentation.History;

/// <summary>An event as the history lists it.</summary>
/// <param name="EventId">Null for a refused event that brought none.</param>
/// <param name="ContactId">Null unless it is assigned.</param>
/// <param name="State"><c>assigned</c>, <c>unassigned</c> or <c>refused</c>.</param>
/// <param name="Reason">Why it is unassigned or refused; null if it is assigned.</param>
/// <param name="OccurredAt">Null for a refused event whose instant cannot be read.</param>
/// <param name="Params">Null for a refused event whose parameters cannot be read.</param>
internal record HistoryEvent(
    string? EventId, string? Type, string? KeyValue, string? ContactId, string State, string? Reason, bool Counts,
    DateTimeOffset? OccurredAt, DateTimeOffset ReceivedAt, JsonElement? Params)
{
    /// <summary>What opens a refused event, which may have no event id, or share it with others; null for other states.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RefusalId { get; init; }

    /// <summary>Where it stands in the history.</summary>
    [JsonIgnore]
    public HistoryPosition Position { get; init; }
}

/// <summary>An event with all that is known of it. What its state does not have is left out.</summary>
internal sealed record HistoryDetail : HistoryEvent
{
    public HistoryDetail(HistoryEvent seen)
        : base(seen)
    {
    }

    /// <summary>True if it came as a past event.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Import { get; init; }

    /// <summary>When the event was recorded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? RecordedAt { get; init; }

    /// <summary>Its place in the contact's stream.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Version { get; init; }

    /// <summary>How a refused event came: one of <see cref="RefusalSource"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Source { get; init; }

    /// <summary>Why it was refused; the pointers lead into the request that brought it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<RefusalDetail>? Errors { get; init; }

    /// <summary>A refused event as it was sent, or the beginning of it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Body { get; init; }
}
