using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation;

/// <summary>Every instant of a span at which the answer of a definition could turn, and more: it is only asked for where to look.</summary>
internal static class ReferenceTurns
{
    /// <summary>The instants after <paramref name="from"/> up to <paramref name="to"/>, in order.</summary>
    public static IEnumerable<long> Of(
        Definition definition,
        ContactFacts facts,
        IReadOnlyCollection<ContactEvent> history,
        IReadOnlyDictionary<string, Definition> segments,
        long from,
        long to)
    {
        var times = history.Select(e => Micros.Of(e.OccurredAt)).Append(Micros.Of(facts.Created)).ToList();
        var turns = new SortedSet<long>(times);
        foreach (var leaf in definition.Condition.Leaves())
            Leaf(leaf);
        return turns.GetViewBetween(from + 1, Math.Max(from + 1, to)).Where(turn => turn <= to);

        void Leaf(Condition leaf)
        {
            switch (leaf)
            {
                case Condition.Event of:
                    InPeriod(of.Period);
                    InFilters(of.Events);
                    if (of.OlderThan is { } older)
                        turns.UnionWith(times.Select(time => time + older.Micros));
                    break;
                case Condition.First first:
                    InPeriod(first.Period);
                    InFilters(first.Events, new EventFilter(first.Events.Types, first.Has));
                    break;
                case Condition.Last last:
                    InPeriod(last.Period);
                    InFilters(last.Events, new EventFilter(last.Events.Types, last.Has), last.NotFollowedBy);
                    break;
                case Condition.Streak streak:
                    for (var unit = streak.Unit.IndexOf(Zone.Utc.DayAt(from)); Start(streak.Unit, unit) <= to; unit++)
                        turns.Add(Start(streak.Unit, unit));
                    InFilters(streak.Events);
                    break;
                case Condition.Sequence sequence:
                    InPeriod(sequence.Period);
                    InFilters([.. sequence.Steps.Select(step => step.Events), .. sequence.Steps.Select(step => step.Without)]);
                    break;
                case Condition.Contact { IsInstant: true, Predicate: Predicate.Dated dated }:
                    foreach (var time in times)
                        Follow(at => dated.NextChange(time, at));
                    break;
                case Condition.Contact contact:
                    Follow(at => contact.Predicate.NextChange(facts.AllFields(), contact.Field, at));
                    break;
                case Condition.InSegment member when segments.TryGetValue(member.Key, out var inner):
                    var length = member.For?.Micros ?? 0;
                    foreach (var turn in Of(inner, facts, history, segments, from - length - 1, to))
                        turns.UnionWith([turn, turn + length]);
                    turns.UnionWith(times.Select(time => time + length));
                    break;
                case Condition.InSegment member when facts.Lists.TryGetValue(member.Key, out var since):
                    turns.Add(Micros.Of(since) + (member.For?.Micros ?? 0));
                    break;
                case Condition.Listed list when facts.Lists.TryGetValue(list.Key, out var since):
                    turns.Add(Micros.Of(since));
                    break;
            }
        }

        void InPeriod(Period period)
        {
            foreach (var time in times)
                Follow(at => period.NextChange(time, at));
        }

        void InFilters(params EventFilter?[] filters)
        {
            foreach (var where in filters.Select(filter => filter?.Where).OfType<Where>().Where(where => where.Moves))
                foreach (var e in history)
                    Follow(at => where.NextChange(e.Params, at));
        }

        void Follow(Func<long, long> next)
        {
            for (var at = next(from); at <= to; at = next(at))
                turns.Add(at);
        }
    }

    private static long Start(CalendarUnit unit, long index) => Zone.Utc.StartOfDay(unit.FirstDay(index));
}
