using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>A person's history as it is put together from the facts of its contacts, in the order of their sequence.</summary>
/// <param name="root">The contact that stands for the person.</param>
/// <param name="members">The contact itself and all that are merged into it, the first to be believed first.</param>
internal sealed class GatheredPerson(long root, IReadOnlyList<long> members)
{
    private readonly Dictionary<long, ContactFacts> _facts = [];
    private readonly List<ContactEvent> _events = [];
    private DateTimeOffset _known = DateTimeOffset.MaxValue;

    public long Root => root;

    public int EventCount => _events.Count;

    public void Take(StoredEvent stored)
    {
        _known = stored.RecordedAt < _known ? stored.RecordedAt : _known;
        if (KnownContactFacts.After(_facts.GetValueOrDefault(stored.ContactId), stored) is { } after)
            _facts[stored.ContactId] = after;
        if (stored.Fact is EventRecorded e)
            _events.Add(ProjectedContact.Event(e));
    }

    public PersonHistory History() =>
        new(StreamId.Of(root), KnownContactFacts.OfPerson(root, [.. members.Select(member => _facts.GetValueOrDefault(member))], _known), _events);
}
