namespace EventSegmentation.Segmentation.Contacts;

/// <summary>
/// What is known of contacts while a batch of events is matched: what the store said, and what the events of
/// the batch before have added. Not safe for concurrent use.
/// </summary>
internal sealed class KnownContacts
{
    private readonly Dictionary<IdentifierKey, long> _owners = [];
    private readonly Dictionary<long, HashSet<IdentifierKey>> _carried = [];
    private readonly Dictionary<long, HashSet<(long Other, IdentifierKey Identifier)>> _conflicts = [];

    /// <summary>A contact that exists. Its own id finds it, and is not one of the values it carries.</summary>
    public void Add(long contact)
    {
        if (_carried.ContainsKey(contact))
            return;
        _carried.Add(contact, []);
        _owners.TryAdd(new(IdentifierKind.ContactId, Streams.StreamId.Of(contact)), contact);
    }

    /// <summary>An identifier that a contact carries. An alias goes before another contact's own id.</summary>
    public void Add(long contact, IdentifierKey identifier)
    {
        Add(contact);
        _owners[identifier] = contact;
        _carried[contact].Add(identifier);
    }

    /// <summary>A contact with all that is known of it.</summary>
    public void Add(KnownContact contact)
    {
        Add(contact.Id);
        foreach (var identifier in contact.Carried)
            Add(contact.Id, identifier);
        foreach (var (other, identifier) in contact.Conflicts)
            Note(contact.Id, other, identifier);
    }

    /// <summary>The contact that an identifier belongs to, or null.</summary>
    public long? Owner(IdentifierKey identifier) => _owners.TryGetValue(identifier, out var contact) ? contact : null;

    /// <summary>Takes note of a conflict between a contact and the identifier's owner, on both cards; false if the contact's has it already.</summary>
    public bool AddConflict(long contact, Conflict conflict)
    {
        Note(conflict.Owner, contact, conflict.Identifier.Key);
        return Note(contact, conflict.Owner, conflict.Identifier.Key);
    }

    /// <summary>What a contact carries: its aliases too, but not its own id.</summary>
    public IReadOnlyCollection<IdentifierKey> Carried(long contact) => _carried.TryGetValue(contact, out var carried) ? carried : [];

    /// <summary>All that is known of a contact, for a time when its stream stands at a version.</summary>
    public KnownContact Of(long contact, long version) =>
        new(contact, version, [.. Carried(contact)], _conflicts.TryGetValue(contact, out var conflicts) ? [.. conflicts] : []);

    private bool Note(long contact, long other, IdentifierKey identifier)
    {
        if (!_conflicts.TryGetValue(contact, out var known))
            _conflicts.Add(contact, known = []);
        return known.Add((other, identifier));
    }
}
