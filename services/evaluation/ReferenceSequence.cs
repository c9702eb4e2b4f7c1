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
        var firsts = _steps[0].Where(first => begins(first.Event)).ToList();
        if (sequence.Same is not { } same)
            return Chosen(Longest(firsts, step => _steps[step]));

        // One value at a time: an event with several takes part in several choices.
        var byValue = _steps
            .Select(step => step.SelectMany(e => ValueKeys.Of(e.Event.Params, same).Select(key => (key, e))).ToLookup(pair => pair.key, pair => pair.e, StringComparer.Ordinal))
            .ToArray();
        return Chosen(byValue[0]
            .Select(value => Longest([.. value.Intersect(firsts)], step => byValue[step][value.Key]))
            .OfType<Link>()
            .MaxBy(link => (link.Steps, link.Start)));
    }

    private Link? Longest(List<Moment> firsts, Func<int, IEnumerable<Moment>> candidates)
    {
        var reached = firsts.ConvertAll(first => new Link(first, null));
        var longest = reached.LastOrDefault();
        for (var step = 1; step < sequence.Steps.Count && reached.Count > 0; step++)
        {
            reached = [.. candidates(step).Select(e => Extend(e, reached, step)).OfType<Link>()];
            longest = reached.MaxBy(link => link.Start) ?? longest;
        }

        return longest;
    }

    /// <summary>The choice that leads to the event as this step and begins last; null if none does.</summary>
    private Link? Extend(Moment e, List<Link> reached, int step)
    {
        var within = sequence.Steps[step].Within?.Micros ?? Micros.Never;
        var total = sequence.InTotal?.Micros ?? Micros.Never;
        var blocked = _between[step].LastOrDefault(time => time < e.Time, long.MinValue);
        var before = reached
            .Where(link => link.Time < e.Time && link.Time >= blocked && e.Time - link.Time <= within && e.Time - link.Start <= total)
            .MaxBy(link => link.Start);
        return before is null ? null : new Link(e, before);
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
