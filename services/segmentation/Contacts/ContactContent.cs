using System.Text.Json;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>
/// What a contact's stream says of its card: the fold of the facts, one after the other in their order. The tables behind
/// the card hold the same and could be made again from it, but for the identifiers that a matching rule made of a field
/// that was there before: of these the stream has the field only. Pure.
/// </summary>
internal sealed record ContactContent
{
    /// <summary>A contact of which nothing is known yet.</summary>
    public static ContactContent None { get; } = new();

    public string Source { get; private init; } = "";

    /// <summary>When this system made the contact; null before its first fact, and if that was erased.</summary>
    public DateTimeOffset? Created { get; private init; }

    /// <summary>In the order in which the contact gained them.</summary>
    public IReadOnlyList<StreamIdentifier> Identifiers { get; private init; } = [];

    /// <summary>The additional fields that were edited, a JSON object. Those that events fill are among the identifiers.</summary>
    public JsonElement Fields { get; private init; } = FieldsMerge.None;

    public IReadOnlyList<ConflictView> Conflicts { get; private init; } = [];

    /// <summary>When the person's data was erased; null while it is there.</summary>
    public DateTimeOffset? Erased { get; private init; }

    /// <summary>What a whole stream says.</summary>
    public static ContactContent Of(IEnumerable<StoredEvent> stream) => stream.Aggregate(None, (content, stored) => content.After(stored.Fact, stored.RecordedAt));

    /// <summary>The content after one more fact.</summary>
    public ContactContent After(StreamEvent? fact, DateTimeOffset recordedAt) => fact switch
    {
        ContactCreated created => this with { Source = created.Source, Created = recordedAt, Identifiers = created.Identifiers },
        IdentifiersLinked linked => this with { Identifiers = [.. Identifiers, .. linked.Identifiers] },
        IdentityConflictFound conflict => this with
        {
            Conflicts = [.. Conflicts, new(conflict.Kind, conflict.Value, conflict.OtherContactId, conflict.EventId, recordedAt)],
        },
        ContactEdited edited => this with { Identifiers = [.. edited.IdentifiersAfter(Identifiers)], Fields = edited.FieldsAfter(Fields) },
        ContactErased => None with { Erased = recordedAt },
        _ => this,
    };
}
