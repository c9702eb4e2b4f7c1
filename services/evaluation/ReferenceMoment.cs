using System.Numerics;
using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation;

/// <summary>A contact at one instant, as the reference sees it: whatever lies after the instant is not there.</summary>
internal sealed class ReferenceMoment(
    ContactFacts facts,
    IReadOnlyCollection<ContactEvent> history,
    IReadOnlyDictionary<string, Definition> segments,
    long now)
{
    private readonly List<ContactEvent> _past =
        [.. history.Where(e => Time(e) <= now).OrderBy(Time).ThenBy(e => e.EventId, StringComparer.Ordinal)];

    public bool Holds(Condition condition) => condition switch
    {
        Condition.All all => all.Parts.All(Holds),
        Condition.Any any => any.Parts.Any(Holds),
        Condition.Not not => !Holds(not.Part),
        Condition.Event leaf => Event(leaf),
        Condition.First leaf => First(leaf),
        Condition.Last leaf => Last(leaf),
        Condition.Streak leaf => Streak(leaf),
        Condition.Sequence leaf => Sequence(leaf),
        Condition.Contact leaf => Contact(leaf),
        Condition.InSegment leaf => InSegment(leaf),
        Condition.Sample leaf => leaf.Chooses(facts.ContactId),
        _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, "not a condition"),
    };

    private bool Event(Condition.Event leaf) =>
        IsInRange(leaf.Measure, Matching(leaf.Events).Where(e => leaf.Period.Contains(Time(e), now)).ToList())
        && (leaf.OlderThan is not { } length || now - FirstSeen() >= length.Micros);

    private bool First(Condition.First leaf) =>
        Matching(leaf.Events).FirstOrDefault() is { } first
        && leaf.Period.Contains(Time(first), now)
        && (leaf.Has?.Holds(first.Params, now) ?? true);

    private bool Last(Condition.Last leaf) =>
        Matching(leaf.Events).LastOrDefault() is { } last
        && leaf.Period.Contains(Time(last), now)
        && (leaf.Has?.Holds(last.Params, now) ?? true)
        && (leaf.NotFollowedBy is not { } follower || !Matching(follower).Any(e => Time(e) > Time(last)));

    private bool Streak(Condition.Streak leaf)
    {
        var current = leaf.Unit.IndexOf(Zone.Utc.DayAt(now));
        return Enumerable.Range(1, leaf.Previous).Count(back => EventsIn(current - back) >= leaf.AtLeast) >= leaf.InAtLeast;

        int EventsIn(long unit) => Matching(leaf.Events).Count(e => leaf.Unit.IndexOf(Zone.Utc.DayAt(Time(e))) == unit);
    }

    private bool Sequence(Condition.Sequence leaf)
    {
        return Matching(leaf.Steps[0].Events)
            .Where(first => leaf.Period.Contains(Time(first), now))
            .Any(first => Continues([first]));

        bool Continues(List<ContactEvent> chosen)
        {
            if (leaf.Same is { } same && !chosen.Select(e => ValueKeys.Of(e.Params, same)).Aggregate(Common).Any())
                return false;
            if (leaf.InTotal is { } total && Time(chosen[^1]) - Time(chosen[0]) > total.Micros)
                return false;
            if (chosen.Count == leaf.Steps.Count)
                return true;
            var step = leaf.Steps[chosen.Count];
            var before = Time(chosen[^1]);
            return Matching(step.Events)
                .Where(e => Time(e) > before)
                .Where(e => step.Within is not { } within || Time(e) - before <= within.Micros)
                .Where(e => step.Without is not { } without || !Matching(without).Any(other => Time(other) > before && Time(other) < Time(e)))
                .Any(e => Continues([.. chosen, e]));
        }

        static IReadOnlyList<string> Common(IReadOnlyList<string> a, IReadOnlyList<string> b) => [.. a.Intersect(b, StringComparer.Ordinal)];
    }

    private bool Contact(Condition.Contact leaf) => leaf.Field.Text switch
    {
        "created" => Instant(leaf.Predicate, Micros.Of(facts.Created)),
        "firstSeen" => Instant(leaf.Predicate, FirstSeen()),
        "lastSeen" => Instant(leaf.Predicate, _past.Count == 0 ? null : _past.Max(Time)),
        _ => leaf.Predicate.Holds(facts.AllFields(), leaf.Field, now),
    };

    private bool Instant(Predicate predicate, long? time) => predicate switch
    {
        Predicate.Exists exists => exists.Expected == time is not null,
        Predicate.Dated dated => time is { } at && dated.Matches(at, now),
        _ => throw new ArgumentOutOfRangeException(nameof(predicate), predicate, "not a predicate on instants"),
    };

    private bool InSegment(Condition.InSegment leaf)
    {
        if (!segments.TryGetValue(leaf.Key, out var definition))
            return facts.Lists.TryGetValue(leaf.Key, out var since) && (leaf.For is not { } span || now - Micros.Of(since) >= span.Micros);
        if (leaf.For is not { } length)
            return Holds(definition.Condition);

        // A member at every instant of the span: at its beginning, and wherever the answer might turn up to its end.
        var from = now - length.Micros;
        return FirstSeen() <= from
            && ReferenceTurns.Of(definition, facts, history, segments, from, now).Prepend(from)
                .All(at => new ReferenceMoment(facts, history, segments, at).Holds(definition.Condition));
    }

    private IEnumerable<ContactEvent> Matching(EventFilter filter) =>
        _past.Where(e => e.Counts && filter.Types.Contains(e.Type) && (filter.Where?.Holds(e.Params, now) ?? true));

    private static bool IsInRange(Measure measure, List<ContactEvent> events)
    {
        if (measure.Figure == Figure.Count)
            return measure.Range.Contains(events.Count);
        if (measure.Figure == Figure.Distinct)
            return measure.Range.Contains(events.SelectMany(e => ValueKeys.Of(e.Params, measure.Param!)).Distinct().Count());
        var numbers = events.SelectMany(e => Numbers(measure.Param!, e)).ToList();
        return measure.Figure switch
        {
            Figure.Sum => IsInRange(measure.Range, numbers, 1),
            Figure.Average => numbers.Count > 0 && IsInRange(measure.Range, numbers, numbers.Count),
            Figure.Minimum => numbers.Count > 0 && measure.Range.Contains(numbers.Min()),
            Figure.Maximum => numbers.Count > 0 && measure.Range.Contains(numbers.Max()),
            _ => throw new ArgumentOutOfRangeException(nameof(measure), measure, "not a figure"),
        };
    }

    /// <summary>Whether the sum, shared out so many times, lies in the range; in whole units of 10^-28, so that nothing is rounded.</summary>
    private static bool IsInRange(NumberRange range, List<decimal> numbers, int times)
    {
        var sum = numbers.Select(Units).Aggregate(BigInteger.Zero, BigInteger.Add);
        return range.Reaches(sum.CompareTo(Units(range.First) * times)) && range.Stays(sum.CompareTo(Units(range.Second) * times));
    }

    private static BigInteger Units(decimal number)
    {
        var whole = decimal.Truncate(number);
        return ((BigInteger)whole * BigInteger.Pow(10, 28)) + (BigInteger)((number - whole) * 1e28m);
    }

    private static List<decimal> Numbers(ValuePath param, ContactEvent e)
    {
        var numbers = new List<decimal>();
        param.Some(e.Params, numbers, static (value, numbers) =>
        {
            if (JsonNumber.TryRead(value, out var number))
                numbers.Add(number);
            return false;
        });
        return numbers;
    }

    private long FirstSeen() => _past.Select(Time).Append(Micros.Of(facts.Created)).Min();

    private static long Time(ContactEvent e) => Micros.Of(e.OccurredAt);
}
