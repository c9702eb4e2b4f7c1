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
    /// <summary>The events up to the instant, in their order: by time, then by id.</summary>
    public IReadOnlyList<ContactEvent> Past { get; } =
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
        Condition.Listed leaf => facts.Lists.TryGetValue(leaf.Key, out var since) && Micros.Of(since) <= now,
        Condition.Named named => Holds(named.Part.Condition),
        Condition.Sample leaf => leaf.Chooses(facts.ContactId),
        _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, "not a condition"),
    };

    /// <summary>The matching events in the period, in their order.</summary>
    public List<ContactEvent> Window(Condition.Event leaf) =>
        [.. Matching(leaf.Events).Where(e => leaf.Period.Contains(Time(e), now))];

    /// <summary>The first matching event there has ever been.</summary>
    public ContactEvent? FirstOf(EventFilter events) => Matching(events).FirstOrDefault();

    /// <summary>The last matching event so far.</summary>
    public ContactEvent? LastOf(EventFilter events) => Matching(events).LastOrDefault();

    /// <summary>The matching events strictly later than that one, in their order.</summary>
    public IEnumerable<ContactEvent> After(ContactEvent e, EventFilter events) => Matching(events).Where(other => Time(other) > Time(e));

    /// <summary>The matching events of each unit a streak looks at that has enough of them.</summary>
    public List<IGrouping<long, ContactEvent>> FilledUnits(Condition.Streak leaf)
    {
        var current = UnitOf(now);
        return
        [
            .. Matching(leaf.Events)
                .GroupBy(e => UnitOf(Time(e)))
                .Where(unit => unit.Key >= current - leaf.Previous && unit.Key < current && unit.Count() >= leaf.AtLeast),
        ];

        long UnitOf(long time) => leaf.Unit.IndexOf(Zone.Utc.DayAt(time));
    }

    /// <summary>The events that make as many steps of the sequence as there are, one a step.</summary>
    public IReadOnlyList<ContactEvent> Choice(Condition.Sequence leaf) =>
        new ReferenceSequence(leaf, Matching).Longest(first => leaf.Period.Contains(Time(first), now));

    /// <summary>One of the contact's own instants; null if it has none yet.</summary>
    public long? InstantOf(string field) => field switch
    {
        "created" => Micros.Of(facts.Created),
        "firstSeen" => FirstSeen(),
        _ => Past.Count == 0 ? null : Past.Max(Time),
    };

    /// <summary>The earlier of the contact's making and its earliest event.</summary>
    public long FirstSeen() => Past.Select(Time).Append(Micros.Of(facts.Created)).Min();

    private bool Event(Condition.Event leaf) =>
        ExactFigure.Of(leaf.Measure, Window(leaf)) is { } figure
        && figure.IsIn(leaf.Measure.Range)
        && (leaf.OlderThan is not { } length || now - FirstSeen() >= length.Micros);

    private bool First(Condition.First leaf) =>
        FirstOf(leaf.Events) is { } first
        && leaf.Period.Contains(Time(first), now)
        && (leaf.Has?.Holds(first.Params, now) ?? true);

    private bool Last(Condition.Last leaf) =>
        LastOf(leaf.Events) is { } last
        && leaf.Period.Contains(Time(last), now)
        && (leaf.Has?.Holds(last.Params, now) ?? true)
        && (leaf.NotFollowedBy is not { } follower || !After(last, follower).Any());

    private bool Streak(Condition.Streak leaf) => FilledUnits(leaf).Count >= leaf.InAtLeast;

    private bool Sequence(Condition.Sequence leaf) => Choice(leaf).Count == leaf.Steps.Count;

    private bool Contact(Condition.Contact leaf) => leaf.IsInstant
        ? Instant(leaf.Predicate, InstantOf(leaf.Field.Text))
        : leaf.Predicate.Holds(facts.AllFields(), leaf.Field, now);

    private bool Instant(Predicate predicate, long? time) => predicate switch
    {
        Predicate.Exists exists => exists.Expected == time is not null,
        Predicate.Dated dated => time is { } at && dated.Matches(at, now),
        _ => throw new ArgumentOutOfRangeException(nameof(predicate), predicate, "not a predicate on instants"),
    };

    private bool InSegment(Condition.InSegment leaf)
    {
        if (!segments.TryGetValue(leaf.Key, out var definition))
            return facts.Lists.TryGetValue(leaf.Key, out var since) && now - Micros.Of(since) >= (leaf.For?.Micros ?? 0);
        if (leaf.For is not { } length)
            return Holds(definition.Condition);

        // A member at every instant of the span: at its beginning, and wherever the answer might turn up to its end.
        var from = now - length.Micros;
        return FirstSeen() <= from
            && ReferenceTurns.Of(definition, facts, history, segments, from, now).Prepend(from)
                .All(at => new ReferenceMoment(facts, history, segments, at).Holds(definition.Condition));
    }

    private IEnumerable<ContactEvent> Matching(EventFilter filter) =>
        Past.Where(e => e.Counts && filter.Types.Contains(e.Type) && (filter.Where?.Holds(e.Params, now) ?? true));

    private static long Time(ContactEvent e) => Micros.Of(e.OccurredAt);
}
