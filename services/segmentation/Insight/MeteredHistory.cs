using System.Collections;
using EventSegmentation.Evaluation;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>
/// A person's events that stop whoever reads them once the time is up. The evaluator itself knows no time; but it reads the
/// history again for every instant that it looks at, so not even one person with a long history goes far beyond it.
/// </summary>
internal sealed class MeteredHistory(IReadOnlyCollection<ContactEvent> events, CancellationToken stop) : IReadOnlyCollection<ContactEvent>
{
    /// <summary>How many events are read between two looks at the time.</summary>
    public const int Stretch = 1_024;

    public int Count => events.Count;

    public IEnumerator<ContactEvent> GetEnumerator()
    {
        var left = 0;
        foreach (var e in events)
        {
            if (left-- == 0)
            {
                stop.ThrowIfCancellationRequested();
                left = Stretch;
            }

            yield return e;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
