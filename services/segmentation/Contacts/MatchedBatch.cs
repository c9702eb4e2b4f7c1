using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>An event that belongs to nobody, and why.</summary>
internal sealed record Unassigned(IncomingEvent Incoming, string Reason);

/// <summary>An identity conflict as one of the two cards shows it.</summary>
internal sealed record CardConflict(long Contact, long Other, Identifier Identifier, string EventId);

/// <summary>What a batch of events does to contacts and streams. Pure: made from knowledge, written by the store.</summary>
internal sealed class MatchedBatch
{
    public const string Source = "Event";
    public const string NoIdentifier = "no parameter of the event identifies a contact";
    public const string NoUsableValue = "no parameter that identifies a contact has a text that is not blank, or a number, of at most 300 characters";
    public const string TypeOff = "the event type is not used for segmentation and no known contact is identified";

    private readonly HashSet<long> _owners = [];

    /// <summary>New contacts, each with its first identifiers.</summary>
    public List<long> Created { get; } = [];

    /// <summary>Identifiers that contacts gain.</summary>
    public List<(long Contact, Identifier Identifier)> Linked { get; } = [];

    /// <summary>Identity conflicts, one row for each of the two cards.</summary>
    public List<CardConflict> Conflicts { get; } = [];

    /// <summary>The facts for the streams, in order.</summary>
    public List<Append> Appends { get; } = [];

    /// <summary>The events that belong to nobody.</summary>
    public List<Unassigned> Unassigned { get; } = [];

    /// <summary>The events among the facts.</summary>
    public IEnumerable<EventRecorded> Recorded => Appends.Select(append => append.Fact).OfType<EventRecorded>();

    /// <summary>How many of the appended facts are events.</summary>
    public int Events { get; private set; }

    /// <summary>Every contact whose stream must be locked: those that exist already.</summary>
    public IReadOnlyCollection<long> Existing => [.. Appends.Select(append => append.ContactId).Distinct().Except(Created)];

    /// <summary>
    /// Matches events one after the other; what one adds, the next one knows.
    /// </summary>
    /// <param name="nextContactId">Gives the id of a new contact.</param>
    public static MatchedBatch Of(
        IEnumerable<IncomingEvent> events,
        KnownContacts known,
        IReadOnlyDictionary<string, TypeSwitch> switches,
        Func<long> nextContactId)
    {
        var batch = new MatchedBatch();
        foreach (var incoming in events)
            batch.Add(incoming, known, switches.GetValueOrDefault(incoming.Event.EventType, TypeSwitch.Off), nextContactId);
        return batch;
    }

    /// <summary>Every contact that the batch was decided from and did not bring itself: those to whom an identifier of an event belonged.</summary>
    public IEnumerable<long> Involved => _owners.Except(Created);

    private void Add(IncomingEvent incoming, KnownContacts known, TypeSwitch @switch, Func<long> nextContactId)
    {
        foreach (var key in incoming.Identifiers.Select(identifier => identifier.Key))
        {
            if (known.Owner(key) is { } owner)
                _owners.Add(owner);
        }

        switch (Matching.Decide(incoming.Identifiers, known))
        {
            case Match.Nobody:
                Unassigned.Add(new(incoming, IdentifierTable.NamesSome(incoming.Event.Params, incoming.Rules) ? NoUsableValue : NoIdentifier));
                break;
            case Match.New when !@switch.IsOn:
                Unassigned.Add(new(incoming, TypeOff));
                break;
            case Match.New match:
                var created = nextContactId();
                known.Add(created);
                Created.Add(created);
                Record(created, incoming, match.Link, match.Conflicts, known, @switch, isNew: true);
                break;
            case Match.Found match:
                Record(match.Contact, incoming, match.Link, match.Conflicts, known, @switch, isNew: false);
                break;
        }
    }

    private void Record(
        long contact,
        IncomingEvent incoming,
        IReadOnlyList<Identifier> link,
        IReadOnlyList<Conflict> conflicts,
        KnownContacts known,
        TypeSwitch @switch,
        bool isNew)
    {
        var e = incoming.Event;
        StreamIdentifier[] identifiers = [.. link.Select(identifier => new StreamIdentifier(identifier.Kind, identifier.Value))];
        if (isNew)
            Append(contact, e.EventId, new ContactCreated(Source, identifiers));
        else if (identifiers.Length > 0)
            Append(contact, e.EventId, new IdentifiersLinked(e.EventId, identifiers));

        foreach (var identifier in link)
        {
            Linked.Add((contact, identifier));
            known.Add(contact, identifier.Key);
        }

        foreach (var conflict in conflicts.Where(conflict => known.AddConflict(contact, conflict)))
        {
            RecordConflict(contact, conflict.Owner, conflict.Identifier, e.EventId);
            RecordConflict(conflict.Owner, contact, conflict.Identifier, e.EventId);
        }

        Events++;
        Appends.Add(new(contact, incoming.Id, new EventRecorded(
            e.EventId, e.EventType, e.KeyValue, e.OccurredAt, e.ReceivedAt,
            @switch.Counts(e.OccurredAt, e.Import), e.Import, e.Params, incoming.TraceParent)));
    }

    private void RecordConflict(long contact, long other, Identifier identifier, string eventId)
    {
        Conflicts.Add(new(contact, other, identifier, eventId));
        Append(contact, eventId, new IdentityConflictFound(eventId, identifier.Kind, identifier.Value, StreamId.Of(other)));
    }

    // U+0000 cannot stand in an event id, so no sender can name a fact of ours.
    private void Append(long contact, string eventId, StreamEvent fact) =>
        Appends.Add(new(contact, EventIdentity.Of($"{eventId}\0{Appends.Count}\0{fact.Alias}\0{contact}"), fact));
}
