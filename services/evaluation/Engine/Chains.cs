using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>Finds which events can begin a complete sequence, in one pass over the events for each step.</summary>
internal static class Chains
{
    /// <summary>The times of the events, in order, from which every step can be reached as the sequence demands; the period apart.</summary>
    public static List<long> Beginnings(Condition.Sequence sequence, List<HeldEvent> events, long now)
    {
        if (sequence.Same is not { } same)
            return [.. Beginnings(sequence, events, events, now).Distinct()];

        // One value at a time: an event with several takes part in several choices. What must not lie between may have any.
        var byValue = events
            .SelectMany(held => ValueKeys.Of(held.Params, same).Select(key => (key, held)))
            .GroupBy(pair => pair.key, pair => pair.held, StringComparer.Ordinal);
        return [.. byValue.SelectMany(group => Beginnings(sequence, [.. group], events, now)).Distinct().Order()];
    }

    private static IEnumerable<long> Beginnings(Condition.Sequence sequence, List<HeldEvent> events, List<HeldEvent> all, long now)
    {
        var steps = sequence.Steps;

        // For each event taken as the step at hand: the earliest time at which the last step can be reached.
        var ends = new long[events.Count];
        for (var i = 0; i < ends.Length; i++)
            ends[i] = Lets(steps[^1].Events, events[i], now) ? events[i].Time : Micros.Never;
        for (var step = steps.Count - 2; step >= 0; step--)
            ends = StepBack(steps[step].Events, steps[step + 1], events, ends, all, now);

        var longest = sequence.InTotal?.Micros ?? Micros.Never;
        for (var i = 0; i < ends.Length; i++)
            if (ends[i] != Micros.Never && ends[i] - events[i].Time <= longest)
                yield return events[i].Time;
    }

    /// <summary>
    /// From the ends of one step, those of the step before it. The events that can follow one lie in a window whose
    /// ends both move back as it does, so the smallest end in it is found by keeping only those no later one undercuts.
    /// </summary>
    private static long[] StepBack(EventFilter filter, Step next, List<HeldEvent> events, long[] ends, List<HeldEvent> all, long now)
    {
        var result = new long[ends.Length];
        var window = new LinkedList<int>();
        var left = ends.Length;
        var blocker = all.Count;
        var blockedAt = Micros.Never;
        for (var i = ends.Length - 1; i >= 0; i--)
        {
            var time = events[i].Time;
            for (; left > i + 1 && events[left - 1].Time > time; left--)
            {
                while (window.First is { } first && ends[first.Value] >= ends[left - 1])
                    window.RemoveFirst();
                window.AddFirst(left - 1);
            }

            if (next.Without is { } without)
                for (; blocker > 0 && all[blocker - 1].Time > time; blocker--)
                    if (Lets(without, all[blocker - 1], now))
                        blockedAt = all[blocker - 1].Time;

            var latest = Math.Min(blockedAt, next.Within is { } within ? Micros.Add(time, within.Micros) : Micros.Never);
            while (window.Last is { } last && events[last.Value].Time > latest)
                window.RemoveLast();
            result[i] = window.Last is { } best && Lets(filter, events[i], now) ? ends[best.Value] : Micros.Never;
        }

        return result;
    }

    private static bool Lets(EventFilter filter, HeldEvent held, long now) =>
        filter.Types.Contains(held.Type) && (filter.Where is null || filter.Where.Holds(held.Params, now));
}
