namespace EventSegmentation.Segmentation.Contacts;

/// <summary>Whose event it is.</summary>
internal abstract record Match
{
    /// <summary>An existing contact's.</summary>
    /// <param name="Link">Identifiers of the event that the contact lacks and nobody has.</param>
    /// <param name="Conflicts">Identifiers of the event that belong to other contacts; they stay where they are.</param>
    public sealed record Found(long Contact, IReadOnlyList<Identifier> Link, IReadOnlyList<Conflict> Conflicts) : Match;

    /// <summary>A new contact's.</summary>
    public sealed record New(IReadOnlyList<Identifier> Link, IReadOnlyList<Conflict> Conflicts) : Match;

    /// <summary>Nobody's: no parameter identifies a contact.</summary>
    public sealed record Nobody : Match;
}

/// <summary>An identifier of an event that belongs to somebody else.</summary>
internal sealed record Conflict(Identifier Identifier, long Owner);

/// <summary>Decides whose an event is. Pure: the same identifiers and the same knowledge give the same answer.</summary>
internal static class Matching
{
    /// <summary>
    /// Tries the identifiers in their order; the first that finds a contact decides, unless that contact already
    /// carries another value for an identifier of the event that ranks higher. If none finds one, it is a new
    /// contact's, with every identifier that is free. Of several of one kind only the first can be linked, unless a
    /// contact may carry many of that kind.
    /// </summary>
    /// <param name="identifiers">Highest rank first; there may be several of one kind, but none twice.</param>
    public static Match Decide(IReadOnlyList<Identifier> identifiers, KnownContacts known)
    {
        if (identifiers.Count == 0)
            return new Match.Nobody();

        for (var rank = 0; rank < identifiers.Count; rank++)
        {
            if (known.Owner(identifiers[rank].Key) is not { } contact)
                continue;
            var carried = known.Carried(contact).ToLookup(key => key.Kind, key => key.Key);
            if (identifiers.Take(rank).Any(higher => Contradicts(carried, higher)))
                continue;

            return new Match.Found(
                contact,
                [.. Free(identifiers, known).Where(identifier => Lacks(carried, identifier))],
                Conflicts(identifiers, known, contact));
        }

        return new Match.New([.. Free(identifiers, known)], Conflicts(identifiers, known, contact: null));
    }

    // What the event says first of a kind is its value; another one of that kind is tried, but nobody gains it.
    private static IEnumerable<Identifier> Free(IReadOnlyList<Identifier> identifiers, KnownContacts known) =>
        identifiers.Where((identifier, rank) => known.Owner(identifier.Key) is null
            && (IdentifierKind.HoldsMany(identifier.Kind) || identifiers.Take(rank).All(higher => higher.Kind != identifier.Kind)));

    // Another push token is another device, not another person.
    private static bool Contradicts(ILookup<string, string> carried, Identifier higher) =>
        higher.Kind != IdentifierKind.PushToken && carried[higher.Kind].Any() && !carried[higher.Kind].Contains(higher.Key.Key);

    private static bool Lacks(ILookup<string, string> carried, Identifier identifier) =>
        IdentifierKind.HoldsMany(identifier.Kind) ? carried[identifier.Kind].Count() < IdentifierKind.MaxValues : !carried[identifier.Kind].Any();

    private static IReadOnlyList<Conflict> Conflicts(IReadOnlyList<Identifier> identifiers, KnownContacts known, long? contact) =>
    [
        .. from identifier in identifiers
           let owner = known.Owner(identifier.Key)
           where owner is not null && owner != contact
           select new Conflict(identifier, owner.Value),
    ];
}
