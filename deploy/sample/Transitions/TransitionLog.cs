namespace EventSegmentation.Sample.Transitions;

/// <summary>What the subscriber has received. Safe for concurrent use.</summary>
/// <param name="keepsAll">Whether every transition is kept for the check; otherwise only the figures are.</param>
internal sealed class TransitionLog(bool keepsAll)
{
    /// <summary>The most latenesses that are kept for the median; later ones only count for the worst.</summary>
    public const int MaxLatenesses = 100_000;

    private readonly Lock _gate = new();
    private readonly List<ReceivedTransition> _all = [];
    private readonly Dictionary<TransitionGroup, int> _live = [];
    private readonly List<TimeSpan> _latenesses = [];
    private DateTimeOffset? _liveSince;
    private TimeSpan _worst;
    private int _before;

    /// <summary>Notes a transition. True if it belongs to the live part, by when it became true.</summary>
    public bool Add(ReceivedTransition received)
    {
        lock (_gate)
        {
            if (keepsAll)
                _all.Add(received);
            if (_liveSince is not { } since || received.Transition.At < since)
            {
                _before++;
                return false;
            }

            var group = new TransitionGroup(received.Transition.SegmentKey, received.Transition.Kind, received.Transition.Cause);
            _live[group] = _live.GetValueOrDefault(group) + 1;
            if (received is { IsByClock: true, IsExit: true })
                AddLateness(received.Lateness);
            return true;
        }
    }

    /// <summary>From this instant on, transitions belong to the live part.</summary>
    public void BeginLive(DateTimeOffset since)
    {
        lock (_gate)
            _liveSince = since;
    }

    public TransitionFigures Figures()
    {
        lock (_gate)
        {
            var sorted = _latenesses.Order().ToArray();
            return new(_before, _live.OrderBy(group => group.Key).Select(group => (group.Key, group.Value)).ToList(), sorted.Length,
                sorted.Length == 0 ? TimeSpan.Zero : sorted[sorted.Length / 2], _worst);
        }
    }

    /// <summary>Everything received so far, in that order; empty unless everything is kept.</summary>
    public IReadOnlyList<ReceivedTransition> All()
    {
        lock (_gate)
            return [.. _all];
    }

    private void AddLateness(TimeSpan lateness)
    {
        if (_latenesses.Count < MaxLatenesses)
            _latenesses.Add(lateness);
        if (lateness > _worst)
            _worst = lateness;
    }
}

/// <summary>Transitions that are counted together.</summary>
internal readonly record struct TransitionGroup(string Segment, string Kind, string Cause) : IComparable<TransitionGroup>
{
    public int CompareTo(TransitionGroup other) => (Segment, Kind, Cause).CompareTo((other.Segment, other.Kind, other.Cause));
}

/// <summary>The figures of the transitions received.</summary>
/// <param name="Before">Received before the live part, or true before it.</param>
/// <param name="Live">How many of each group in the live part, in order.</param>
/// <param name="ClockExits">Exits by the clock in the live part, at most <see cref="TransitionLog.MaxLatenesses"/>.</param>
/// <param name="MedianLateness">Of these exits.</param>
/// <param name="WorstLateness">Of all exits by the clock in the live part.</param>
internal sealed record TransitionFigures(
    int Before, IReadOnlyList<(TransitionGroup Group, int Count)> Live, int ClockExits, TimeSpan MedianLateness, TimeSpan WorstLateness)
{
    public int Count(string kind, string cause) => Live.Where(one => one.Group.Kind == kind && one.Group.Cause == cause).Sum(one => one.Count);
}
