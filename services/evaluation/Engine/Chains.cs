using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>Finds which events can begin a complete sequence, in one pass over the events for each step.</summary>
internal sealed class Chains(Condition.Sequence sequence, Marker marker)
{
    private readonly long _longest = sequence.InTotal?.Micros ?? Micros.Never;

    /// <summary>
    /// The times of the events, in order and each once, from which every step can be reached as the sequence demands;
    /// the period apart.
    /// </summary>
    public List<long> Beginnings(List<Mark> marks)
    {
        var found = new List<long>();
        if (sequence.Same is null)
        {
            Find(marks, marks, found);
            return found;
        }

        // One value at a time: an event with several takes part in several choices. What must not lie between may have any.
        var byValue = new Dictionary<string, List<Mark>>(StringComparer.Ordinal);
        foreach (var mark in marks)
            foreach (var key in mark.Keys)
                if (byValue.TryGetValue(key, out var same))
                    same.Add(mark);
                else
                    byValue.Add(key, [mark]);
        foreach (var same in byValue.Values)
            if (same.Count >= sequence.Steps.Count)
                Find(same, marks, found);
        found.Sort();
        return found;
    }

    private void Find(List<Mark> marks, List<Mark> all, List<long> found)
    {
        // For each event taken as the step at hand: the earliest time at which the last step can be reached.
        var last = sequence.Steps.Count - 1;
        var ends = new long[marks.Count];
        for (var i = 0; i < ends.Length; i++)
            ends[i] = (marks[i].Filters & Marker.OfStep(last)) != 0 ? marks[i].Time : Micros.Never;
        for (var step = last - 1; step >= 0; step--)
            ends = StepBack(step, marks, ends, all);

        for (var i = 0; i < ends.Length; i++)
            if (ends[i] != Micros.Never && ends[i] - marks[i].Time <= _longest && (found.Count == 0 || found[^1] != marks[i].Time))
                found.Add(marks[i].Time);
    }

    /// <summary>
    /// From the ends of the step behind, those of this one. The events that can follow one lie in a window whose ends
    /// both move back as it does, so the smallest end in it is found by keeping only those no later one undercuts.
    /// </summary>
    private long[] StepBack(int step, List<Mark> marks, long[] ends, List<Mark> all)
    {
        var result = new long[ends.Length];
        var within = sequence.Steps[step + 1].Within?.Micros;
        var without = marker.OfWithout(step + 1);

        // The window's candidates, from the latest event (and the smallest end) at the front to the earliest at the back.
        var window = new int[ends.Length];
        var (front, back) = (0, 0);
        var left = ends.Length;
        var blocker = all.Count;
        var blockedAt = Micros.Never;
        for (var i = ends.Length - 1; i >= 0; i--)
        {
            var time = marks[i].Time;
            for (; left > i + 1 && marks[left - 1].Time > time; left--)
            {
                while (back > front && ends[window[back - 1]] >= ends[left - 1])
                    back--;
                window[back++] = left - 1;
            }

            for (; without != 0 && blocker > 0 && all[blocker - 1].Time > time; blocker--)
                if ((all[blocker - 1].Filters & without) != 0)
                    blockedAt = all[blocker - 1].Time;

            var latest = within is { } length ? Math.Min(blockedAt, Micros.Add(time, length)) : blockedAt;
            while (back > front && marks[window[front]].Time > latest)
                front++;
            result[i] = back > front && (marks[i].Filters & Marker.OfStep(step)) != 0 ? ends[window[front]] : Micros.Never;
        }

        return result;
    }
}
