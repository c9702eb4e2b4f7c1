using EventSegmentation.Evaluation;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>Counts entries and exits by day. Days are half-open: what happens at the instant at which one begins is its own. Safe for use by several threads.</summary>
/// <param name="starts">Where each day begins, in order; the last one goes on.</param>
internal sealed class DayTally(DateTimeOffset[] starts)
{
    private readonly Lock _lock = new();

    /// <summary>Where the first day begins.</summary>
    public DateTimeOffset Start => starts[0];

    /// <summary>Members just before that.</summary>
    public long Before { get; private set; }

    public long[] Entered { get; } = new long[starts.Length];

    public long[] Exited { get; } = new long[starts.Length];

    /// <summary>The members in the end.</summary>
    public List<long> Members { get; } = [];

    public void Add(long contact, bool wasMember, IEnumerable<Change> changes, bool isMember)
    {
        lock (_lock)
        {
            Before += wasMember ? 1 : 0;
            foreach (var change in changes)
                (change.Entered ? Entered : Exited)[DayOf(change.At)]++;
            if (isMember)
                Members.Add(contact);
        }
    }

    private int DayOf(DateTimeOffset at)
    {
        var found = Array.BinarySearch(starts, at);
        return found >= 0 ? found : ~found - 1;
    }
}
