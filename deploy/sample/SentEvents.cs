using EventSegmentation.Sample.Fitness;

namespace EventSegmentation.Sample;

/// <summary>The events that were sent. Not safe for concurrent use.</summary>
/// <param name="keepsAll">Whether the accepted ones are kept for the check; otherwise they are only counted.</param>
internal sealed class SentEvents(bool keepsAll)
{
    private readonly Dictionary<Person, List<FitnessEvent>> _ofPerson = [];

    public int Sent { get; private set; }

    public int Accepted { get; private set; }

    public IReadOnlyDictionary<Person, List<FitnessEvent>> OfPerson => _ofPerson;

    /// <summary>Notes what was sent, and what of it was accepted.</summary>
    public void Add(int sent, IReadOnlyCollection<FitnessEvent> accepted)
    {
        Sent += sent;
        Accepted += accepted.Count;
        if (!keepsAll)
            return;
        foreach (var e in accepted)
        {
            if (!_ofPerson.TryGetValue(e.Person, out var events))
                _ofPerson[e.Person] = events = [];
            events.Add(e);
        }
    }
}
