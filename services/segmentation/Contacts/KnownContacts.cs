namespace EventSegmentation.Segmentation.Contacts;

/// <summary>
/// What is known of contacts while a batch of events is matched: what the store said, and what the events of
/// the batch before have added. Not safe for concurrent use.
/// </summary>
internal sealed class KnownContacts
{
    private readonly Dictionary<IdentifierKey, long> _owners = [];
    private readonly Dictionary<long, HashSet<IdentifierKey>> _carried = [];
    private readonly HashSet<(long Contact, long Other, IdentifierKey Identifier)> _conflicts = [];

    /// <summary>A contact that exists. Its own id finds it, and is not one of the values it carries.</summary>
    public void Add(long contact)
    {
        if (_carried.TryAdd(contact, []))
            _owners.TryAdd(new(IdentifierKind.ContactId, Streams.StreamId.Of(contact)), contact);
    }

    /// <summary>An identifier that a contact carries. An alias goes before another contact's own id.</summary>
    public void Add(long contact, IdentifierKey identifier)
    {
        Add(contact);
        _owners[identifier] = contact;
        _carried[contact].Add(identifier);
    }

    /// <summary>The contact that an identifier belongs to, or null.</summary>
    public long? Owner(IdentifierKey identifier) => _owners.TryGetValue(identifier, out var contact) ? contact : null;

    /// <summary>Takes note of a conflict between a contact and the identifier's owner; false if it was known already.</summary>
    public bool AddConflict(long contact, Conflict conflict) => AddConflict(contact, conflict.Owner, conflict.Identifier.Key);

    /// <inheritdoc cref="AddConflict(long, Conflict)"/>
    public bool AddConflict(long contact, long other, IdentifierKey identifier) => _conflicts.Add((contact, other, identifier));

    /// <summary>What a contact carries: its aliases too, but not its own id.</summary>
    public IReadOnlyCollection<IdentifierKey> Carried(long contact) => _carried.TryGetValue(contact, out var carried) ? carried : [];
}
