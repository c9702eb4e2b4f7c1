using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation;

/// <summary>
/// Looks for a choice of events that makes a sequence, step by step: for each event that can be the step at hand, the
/// choice that leads to it and begins last. An earlier beginning allows no more: only the time in total looks back at it.
/// </summary>
/// <param name="sequence">The sequence.</param>
/// <param name="matching">The events a filter means, in their order.</param>
internal sealed class ReferenceSequence(Condition.Sequence sequence, Func<EventFilter, IEnumerable<ContactEvent>> matching)
{
    private readonly List<Moment>[] _steps = [.. sequence.Steps.Select(step => matching(step.Events).Select(e => new Moment(e)).ToList())];
    private readonly List<long>[] _between = [.. sequence.Steps.Select(step => step.Without is { } without ? matching(without).Select(Time).ToList() : [])];

    /// <summary>The events of as many steps as can be made, one a step; of several such choices one that begins last.</summary>
    /// <param name="begins">Which events may be the first step.</param>
    public IReadOnlyList<ContactEvent> Longest(Func<ContactEvent, bool> begins)
    {
        List<Moment>[] steps = [_steps[0].FindAll(first => begins(first.Event)), .. _steps[1..]];
        if (sequence.Same is not { } same)
            return Chosen(Longest(step => steps[step]));

        // One value at a time: an event with several takes part in several choices.
        var byValue = steps
            .Select(step => step.SelectMany(e => ValueKeys.Of(e.Event.Params, same).Select(key => (key, e))).ToLookup(pair => pair.key, pair => pair.e, StringComparer.Ordinal))
            .ToArray();
        return Chosen(byValue[0]
            .Select(value => Longest(step => byValue[step][value.Key]))
            .OfType<Link>()
            .MaxBy(link => (link.Steps, link.Start)));
    }

    private Link? Longest(Func<int, IEnumerable<Moment>> events)
    {
        var reached = events(0).Select(first => new Link(first, null)).ToList();
        var longest = reached.LastOrDefault();
        for (var step = 1; step < sequence.Steps.Count && reached.Count > 0; step++)
        {
            reached = [.. Extend(reached, events(step), step)];
            longest = reached.MaxBy(link => link.Start) ?? longest;
        }

        return longest;
    }

    /// <summary>For each event that can be this step, the choice that leads to it and begins last; by time, as all that comes in is.</summary>
    private IEnumerable<Link> Extend(List<Link> reached, IEnumerable<Moment> events, int step)
    {
        var total = sequence.InTotal?.Micros ?? Micros.Never;
        var (next, blocker, blocked) = (0, 0, long.MinValue);

        // What may come before an event lies in a stretch of time that moves on with it. Of that, one that begins no later
        // than another behind it is never the choice again, so the first of the rest always is.
        var window = new LinkedList<Link>();
        foreach (var e in events)
        {
            for (; next < reached.Count && reached[next].Time < e.Time; next++)
            {
                while (window.Last is { } last && last.Value.Start <= reached[next].Start)
                    window.RemoveLast();
                window.AddLast(reached[next]);
            }

            for (; blocker < _between[step].Count && _between[step][blocker] < e.Time; blocker++)
                blocked = _between[step][blocker];
            var earliest = sequence.Steps[step].Within is { } within ? Math.Max(blocked, e.Time - within.Micros) : blocked;
            while (window.First is { } first && first.Value.Time < earliest)
                window.RemoveFirst();
            if (window.First is { } best && e.Time - best.Value.Start <= total)
                yield return new Link(e, best.Value);
        }
    }

    private static List<ContactEvent> Chosen(Link? last)
    {
        var chosen = new List<ContactEvent>();
        for (var link = last; link is not null; link = link.Before)
            chosen.Insert(0, link.Event);
        return chosen;
    }

    private static long Time(ContactEvent e) => Micros.Of(e.OccurredAt);

    /// <summary>An event and when it was.</summary>
    private sealed record Moment(ContactEvent Event)
    {
        public long Time { get; } = Time(Event);
    }

    /// <summary>A choice for the first steps, from its last event back.</summary>
    private sealed record Link(Moment Last, Link? Before)
    {
        public ContactEvent Event => Last.Event;

        public long Time => Last.Time;

        public long Start { get; } = Before?.Start ?? Last.Time;

        public int Steps { get; } = (Before?.Steps ?? 0) + 1;
    }
}
