using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.IntegrationTests.Chaos.Checks;

/// <summary>
/// What was recorded of the person that a contact stood for, fact by fact in the order of their sequence: of the contact, and of whoever was
/// merged into it at the time. While the contact is merged itself, it stands for nobody. Nobody is merged into somebody who is merged.
/// </summary>
internal sealed class PersonLife
{
    private readonly long _contact;
    private readonly StoredEvent[] _facts;
    private readonly DateTimeOffset[] _instants;
    private readonly Dictionary<string, int> _places;
    private readonly HashSet<long> _merged = [];
    private GatheredPerson? _gathered;
    private bool _isMerged;
    private int _taken;

    public PersonLife(long contact, StoredPeople people)
    {
        _contact = contact;
        var own = people.Facts[contact];
        var merged = own.Select(fact => fact.Fact).OfType<ContactMerged>().Select(fact => StreamId.Contact(fact.From)).Distinct();
        _facts = [.. own.Concat(merged.SelectMany(other => people.Facts[other])).OrderBy(fact => fact.Sequence)];
        _instants = new DateTimeOffset[_facts.Length];
        _places = _facts.Index().Where(one => one.Item.Fact is EventRecorded)
            .GroupBy(one => ((EventRecorded)one.Item.Fact!).EventId).ToDictionary(same => same.Key, same => same.First().Index);
        SetInstants();
    }

    /// <summary>True if the next fact is of this instant. One that was recorded before the fact before it is of that one's instant.</summary>
    public bool NextIsAt(DateTimeOffset instant) => _taken < _facts.Length && _instants[_taken] == instant;

    /// <summary>Takes in all facts of before an instant.</summary>
    public void TakeBefore(DateTimeOffset instant)
    {
        while (_taken < _facts.Length && _instants[_taken] < instant)
            Take();
    }

    /// <summary>Takes in all facts up to that of an event; none if it is not the person's.</summary>
    public void TakeThrough(string eventId)
    {
        while (_taken <= _places.GetValueOrDefault(eventId, -1))
            Take();
    }

    /// <summary>Takes in the next fact.</summary>
    public void Take()
    {
        var fact = _facts[_taken++];
        if (Unite(fact))
            _gathered = null;
        else if (IsOfPerson(fact))
            _gathered?.Take(fact);
    }

    /// <summary>Whether the person is in a segment at an instant, by the reference evaluator over what was taken in.</summary>
    public bool IsIn(string segment, DateTimeOffset at, IReadOnlyDictionary<string, Definition> definitions)
    {
        if (_isMerged)
            return false;
        _gathered ??= Gather();
        var history = _gathered.History();
        return Reference.Holds(definitions[segment], history.Facts, history.Events, at, definitions);
    }

    private GatheredPerson Gather()
    {
        var person = new GatheredPerson(_contact, [_contact, .. _merged.Order()]);
        foreach (var fact in _facts.Take(_taken).Where(IsOfPerson))
            person.Take(fact);
        return person;
    }

    // Somebody else's facts have no instant of their own here: they count from the merge on.
    private void SetInstants()
    {
        var now = DateTimeOffset.MinValue;
        foreach (var (place, fact) in _facts.Index())
        {
            Unite(fact);
            now = IsOfPerson(fact) && fact.RecordedAt > now ? fact.RecordedAt : now;
            _instants[place] = now;
        }

        (_isMerged, _taken) = (false, 0);
        _merged.Clear();
    }

    private bool IsOfPerson(StoredEvent fact) => fact.ContactId == _contact || _merged.Contains(fact.ContactId);

    // True if the person has other contacts after the fact.
    private bool Unite(StoredEvent fact)
    {
        if (fact.ContactId != _contact)
            return false;
        _isMerged = fact.Fact is ContactMergedInto || (_isMerged && fact.Fact is not ContactUnmerged);
        return fact.Fact switch
        {
            ContactMerged merged => _merged.Add(StreamId.Contact(merged.From)),
            ContactSplit split => _merged.Remove(StreamId.Contact(split.Contact)),
            _ => false,
        };
    }
}
