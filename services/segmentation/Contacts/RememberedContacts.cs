namespace EventSegmentation.Segmentation.Contacts;

/// <summary>
/// Contacts as a committed transaction left them, so that those who come again need not be looked up. What it says may be old: whoever
/// relies on it compares versions once the stream is locked. It may forget at any time. Safe for concurrent use.
/// </summary>
/// <param name="limit">The most identifiers remembered.</param>
internal sealed class RememberedContacts(int limit = RememberedContacts.MaxIdentifiers)
{
    /// <summary>The most identifiers remembered, each of at most <see cref="Identifier.MaxLength"/> characters; some 50 MB of common ones.</summary>
    public const int MaxIdentifiers = 200_000;

    /// <summary>A contact that carries more is not remembered.</summary>
    public const int MaxCarried = 10;

    private readonly Lock _lock = new();

    // What is found in the older half moves to the younger one. When that is full, the older half is forgotten.
    private Dictionary<IdentifierKey, Entry> _younger = [];
    private Dictionary<IdentifierKey, Entry> _older = [];

    // Lives as long as the contact is remembered, because most events of a contact change its version only: a new object for
    // each of them would grow old before it is of no use, and collecting old objects is dear.
    private sealed class Entry(KnownContact contact)
    {
        private readonly IReadOnlyCollection<IdentifierKey> _carried = contact.Carried;
        private long _version = contact.Version;

        public KnownContact Contact => new(contact.Id, _version, _carried, []);

        /// <summary>Takes another version of the contact; false if more than that has changed.</summary>
        public bool TryMoveTo(KnownContact next)
        {
            if (next.Id != contact.Id || next.Carried.Count != _carried.Count || !next.Carried.All(_carried.Contains))
                return false;
            _version = next.Version;
            return true;
        }
    }

    /// <summary>
    /// The contacts of those events whose every identifier is remembered, and the identifiers of all other events. A rule can make
    /// identifiers of an additional field without a fact in any stream, and an alias can lie in wait for a contact's id: both are always looked up.
    /// </summary>
    public (Dictionary<long, KnownContact> Contacts, HashSet<IdentifierKey> Missing) Find(IReadOnlyCollection<IncomingEvent> events)
    {
        var contacts = new Dictionary<long, KnownContact>();
        var missing = new HashSet<IdentifierKey>();
        var found = new List<KnownContact>();
        lock (_lock)
        {
            foreach (var incoming in events)
            {
                found.Clear();
                foreach (var identifier in incoming.Identifiers)
                {
                    if (Find(identifier.Key) is { } entry)
                        found.Add(entry.Contact);
                }

                if (found.Count < incoming.Identifiers.Count)
                    missing.UnionWith(incoming.Identifiers.Select(identifier => identifier.Key));
                else
                    found.ForEach(contact => contacts[contact.Id] = contact);
            }
        }

        return (contacts, missing);
    }

    /// <summary>To be called once what is known is committed, not before. Conflicts can be many, so who has some is not remembered.</summary>
    public void Remember(IEnumerable<KnownContact> committed)
    {
        lock (_lock)
        {
            foreach (var contact in committed.Where(contact => contact.Conflicts.Count == 0 && contact.Carried.Count <= MaxCarried))
            {
                Entry? entry = null;
                foreach (var identifier in contact.Carried.Where(IsRemembered))
                {
                    var known = _younger.GetValueOrDefault(identifier);
                    entry ??= known is not null && known.TryMoveTo(contact) ? known : new(contact);
                    if (known != entry)
                        Put(identifier, entry);
                }
            }
        }
    }

    /// <summary>To be called for contacts that have changed since.</summary>
    public void Forget(IEnumerable<KnownContact> changed)
    {
        lock (_lock)
        {
            foreach (var identifier in changed.SelectMany(contact => contact.Carried))
            {
                _younger.Remove(identifier);
                _older.Remove(identifier);
            }
        }
    }

    /// <summary>To be called after an outage: a database that came back may lack what was committed last.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _younger = [];
            _older = [];
        }
    }

    private static bool IsRemembered(IdentifierKey identifier) =>
        identifier.Kind != IdentifierKind.ContactId && IdentifierKind.IsBuiltIn(identifier.Kind);

    private Entry? Find(IdentifierKey identifier)
    {
        if (_younger.TryGetValue(identifier, out var entry))
            return entry;
        if (!_older.TryGetValue(identifier, out entry))
            return null;
        Put(identifier, entry);
        return entry;
    }

    private void Put(IdentifierKey identifier, Entry entry)
    {
        if (_younger.Count >= limit / 2)
            (_older, _younger) = (_younger, []);
        _younger[identifier] = entry;
    }
}
