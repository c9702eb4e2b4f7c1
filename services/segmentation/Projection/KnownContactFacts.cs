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

    /// <summary>
    /// What is known of a person from what is known of its contacts, the one that stands for it first: all identifiers,
    /// the fields of each where those before it have none of the name, and the earliest creation.
    /// </summary>
    /// <param name="root">The contact that stands for the person.</param>
    /// <param name="members">What is known of each contact, null where nothing is.</param>
    /// <param name="firstKnown">The creation, if nothing else tells it.</param>
    public static ContactFacts OfPerson(long root, IReadOnlyList<ContactFacts?> members, DateTimeOffset firstKnown)
    {
        var first = members[0] ?? new(StreamId.Of(root), members.Min(member => member?.Created) ?? firstKnown, Source: "");
        if (members.Count == 1)
            return first;
        var known = members.OfType<ContactFacts>().ToArray();
        return first with
        {
            Created = known.Select(member => member.Created).Append(first.Created).Min(),
            Identifiers = [.. known.SelectMany(member => member.Identifiers)],
            Fields = FieldsMerge.OfPerson(known.Select(member => member.Fields)),
        };
    }

    private static ContactFacts After(this ContactFacts before, ContactEdited edited) => before with
    {
        Identifiers = Pairs(edited.IdentifiersAfter(before.Identifiers.Select(pair => new StreamIdentifier(pair.Key, pair.Value)))),
        Fields = edited.FieldsAfter(before.Fields),
    };

    private static KeyValuePair<string, string>[] Pairs(IEnumerable<StreamIdentifier> identifiers) =>
        [.. identifiers.Select(identifier => KeyValuePair.Create(identifier.Kind, identifier.Value))];
}
