using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>What conditions may know of a contact besides its events, gathered from the facts of its stream.</summary>
internal static class KnownContactFacts
{
    /// <summary>True if a fact changes what is known of the contact itself.</summary>
    public static bool Concerns(StreamEvent? fact) => fact is ContactCreated or IdentifiersLinked or ContactEdited;

    /// <summary>What is known after a fact; null if the fact adds nothing.</summary>
    public static ContactFacts? After(ContactFacts? before, StoredEvent stored) => stored.Fact switch
    {
        ContactCreated created => new(StreamId.Of(stored.ContactId), stored.RecordedAt, created.Source) { Identifiers = Pairs(created.Identifiers) },
        IdentifiersLinked linked => Or(before, stored) with { Identifiers = [.. Or(before, stored).Identifiers, .. Pairs(linked.Identifiers)] },
        ContactEdited edited => Or(before, stored).After(edited),
        _ => null,
    };

    /// <summary>What is known, or the little that any fact says: a stream that another program began may lack the creation.</summary>
    public static ContactFacts Or(ContactFacts? known, StoredEvent stored) => known ?? new(StreamId.Of(stored.ContactId), stored.RecordedAt, Source: "");

    private static ContactFacts After(this ContactFacts before, ContactEdited edited) => before with
    {
        Identifiers = Pairs(edited.IdentifiersAfter(before.Identifiers.Select(pair => new StreamIdentifier(pair.Key, pair.Value)))),
        Fields = edited.FieldsAfter(before.Fields),
    };

    private static KeyValuePair<string, string>[] Pairs(IEnumerable<StreamIdentifier> identifiers) =>
        [.. identifiers.Select(identifier => KeyValuePair.Create(identifier.Kind, identifier.Value))];
}
