using EventSegmentation.Contracts;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>What conditions may know of a contact besides its events, gathered from the facts of its stream.</summary>
internal static class KnownContactFacts
{
    /// <summary>True if a fact changes what is known of the contact itself.</summary>
    public static bool Concerns(StreamEvent? fact) => fact is ContactCreated or IdentifiersLinked or ContactEdited or ListJoined or ListLeft;

    /// <summary>The cause of what follows from a fact that concerns the contact itself.</summary>
    public static string CauseOf(StreamEvent? fact) => fact is ListJoined or ListLeft ? TransitionCause.List : TransitionCause.Contact;

    /// <summary>What is known after a fact; null if the fact adds nothing.</summary>
    public static ContactFacts? After(ContactFacts? before, StoredEvent stored) => stored.Fact switch
    {
        ContactCreated created => new(StreamId.Of(stored.ContactId), stored.RecordedAt, created.Source) { Identifiers = Pairs(created.Identifiers) },
        IdentifiersLinked linked => Or(before, stored) with { Identifiers = [.. Or(before, stored).Identifiers, .. Pairs(linked.Identifiers)] },
        ContactEdited edited => Or(before, stored).After(edited),
        ListJoined joined => Or(before, stored).With(joined, stored.RecordedAt),
        ListLeft left => Or(before, stored).Without(left),
        _ => null,
    };

    /// <summary>What is known, or the little that any fact says: a stream that another program began may lack the creation.</summary>
    public static ContactFacts Or(ContactFacts? known, StoredEvent stored) => known ?? new(StreamId.Of(stored.ContactId), stored.RecordedAt, Source: "");

    /// <summary>
    /// What is known of a person from what is known of its contacts, the one that stands for it first: all identifiers,
    /// the fields of each where those before it have none of the name, the earliest creation, and the lists of each since the earliest.
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
            Lists = known.SelectMany(member => member.Lists).GroupBy(list => list.Key, list => list.Value).ToDictionary(list => list.Key, list => list.Min()),
        };
    }

    private static ContactFacts After(this ContactFacts before, ContactEdited edited) => before with
    {
        Identifiers = Pairs(edited.IdentifiersAfter(before.Identifiers.Select(pair => new StreamIdentifier(pair.Key, pair.Value)))),
        Fields = edited.FieldsAfter(before.Fields),
    };

    // Who is on the list already stays on it since then.
    private static ContactFacts With(this ContactFacts before, ListJoined joined, DateTimeOffset at) => before.Lists.ContainsKey(joined.Segment)
        ? before
        : before with { Lists = new Dictionary<string, DateTimeOffset>(before.Lists) { [joined.Segment] = at } };

    private static ContactFacts Without(this ContactFacts before, ListLeft left) =>
        before with { Lists = before.Lists.Where(list => list.Key != left.Segment).ToDictionary() };

    private static KeyValuePair<string, string>[] Pairs(IEnumerable<StreamIdentifier> identifiers) =>
        [.. identifiers.Select(identifier => KeyValuePair.Create(identifier.Kind, identifier.Value))];
}
