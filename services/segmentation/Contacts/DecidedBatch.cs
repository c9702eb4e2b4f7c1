using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>Where the streams of a batch's contacts stand.</summary>
/// <param name="Locked">Of those that are appended to; they stay there until the transaction ends.</param>
/// <param name="Seen">Of those that the batch was decided from only.</param>
internal sealed record BatchStreams(Dictionary<long, StreamHead> Locked, Dictionary<long, StreamHead> Seen)
{
    /// <summary>True if what is known of a contact is still so.</summary>
    public bool Agree(KnownContact contact) =>
        (Locked.TryGetValue(contact.Id, out var head) || Seen.TryGetValue(contact.Id, out head)) && head.Version == contact.Version && !head.IsArchived;
}

/// <summary>What a batch of events does, and from which contacts that was decided. Pure.</summary>
internal sealed class DecidedBatch
{
    private readonly IReadOnlyDictionary<long, KnownContact> _before;
    private readonly KnownContacts _after = new();

    private DecidedBatch(IEnumerable<IncomingEvent> events, BatchKnowledge known, Func<long> nextContactId)
    {
        _before = known.Contacts;
        foreach (var contact in _before.Values)
            _after.Add(contact);
        Batch = MatchedBatch.Of(events, _after, known.Switches, nextContactId);
    }

    public MatchedBatch Batch { get; }

    /// <inheritdoc cref="MatchedBatch.Of"/>
    public static DecidedBatch Of(IEnumerable<IncomingEvent> events, BatchKnowledge known, Func<long> nextContactId) => new(events, known, nextContactId);

    /// <summary>The contacts that it was decided from and that are not so any more.</summary>
    public IReadOnlyList<KnownContact> Changed(BatchStreams streams) =>
        [.. Batch.Involved.Select(contact => _before[contact]).Where(contact => !streams.Agree(contact))];

    /// <summary>True if all that it appends to are locked, and as they were known.</summary>
    public bool Stands(BatchStreams streams) => Batch.Existing.All(contact => streams.Locked.ContainsKey(contact) && streams.Agree(_before[contact]));

    /// <summary>The contacts that it appends to, as they are once it is committed.</summary>
    /// <param name="heads">Where their streams stood before.</param>
    public IEnumerable<KnownContact> Committed(IReadOnlyDictionary<long, StreamHead> heads) =>
        Batch.Appends.CountBy(append => append.ContactId).Select(one => _after.Of(one.Key, heads.GetValueOrDefault(one.Key).Version + one.Value));
}
