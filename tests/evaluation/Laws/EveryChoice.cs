using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Tests.Laws;

/// <summary>What a sequence means, said in the plainest way: every choice of events is tried.</summary>
internal sealed class EveryChoice(Condition.Sequence sequence, IEnumerable<ContactEvent> history, long now)
{
    private readonly List<ContactEvent> _past = [.. history.Where(e => Time(e) <= now)];

    /// <summary>The greatest number of steps that some choice makes.</summary>
    public int Longest() => Longest([]);

    /// <summary>Whether the events are a choice for as many first steps.</summary>
    public bool Allows(IReadOnlyList<ContactEvent> chosen) =>
        Enumerable.Range(0, chosen.Count).All(step => Follows([.. chosen.Take(step)], chosen[step])) && HaveValueInCommon(chosen);

    private int Longest(List<ContactEvent> chosen) => chosen.Count == sequence.Steps.Count ? chosen.Count : _past
        .Where(e => Follows(chosen, e) && HaveValueInCommon([.. chosen, e]))
        .Select(e => Longest([.. chosen, e]))
        .Append(chosen.Count)
        .Max();

    private bool Follows(List<ContactEvent> chosen, ContactEvent e)
    {
        var step = sequence.Steps[chosen.Count];
        if (!IsMeant(step.Events, e))
            return false;
        if (chosen.Count == 0)
            return sequence.Period.Contains(Time(e), now);
        var (first, before) = (Time(chosen[0]), Time(chosen[^1]));
        return Time(e) > before
            && (step.Within is not { } within || Time(e) - before <= within.Micros)
            && (sequence.InTotal is not { } total || Time(e) - first <= total.Micros)
            && (step.Without is not { } without || !_past.Exists(other => IsMeant(without, other) && Time(other) > before && Time(other) < Time(e)));
    }

    private bool HaveValueInCommon(IReadOnlyList<ContactEvent> chosen) =>
        sequence.Same is not { } same
        || chosen.Count == 0
        || chosen.Select(e => ValueKeys.Of(e.Params, same).AsEnumerable()).Aggregate((a, b) => a.Intersect(b)).Any();

    private bool IsMeant(EventFilter filter, ContactEvent e) =>
        e.Counts && filter.Types.Contains(e.Type) && (filter.Where?.Holds(e.Params, now) ?? true);

    private static long Time(ContactEvent e) => Micros.Of(e.OccurredAt);
}
