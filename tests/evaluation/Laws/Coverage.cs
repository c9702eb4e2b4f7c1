using System.Globalization;
using System.Text;
using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Tests.Laws;

/// <summary>How often what was reached, so that a generator that has gone blind is seen.</summary>
internal sealed class Coverage
{
    private readonly HashSet<(DateTimeOffset, string)> _seen = [];
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    private static readonly string[] Wanted =
    [
        "event: on time", "event: late", "event: ahead", "event: not counting", "contact changed", "states written and read", "timers followed",
        .. new[]
        {
            "All", "Any", "Not", "Event Count", "Event Sum", "Event Average", "Event Minimum", "Event Maximum", "Event Distinct", "First", "First has",
            "Last", "Last has", "Last notFollowedBy", "Streak", "Sequence", "Sequence same", "Sequence without", "Contact Date", "Contact Anniversary",
            "InSegment", "InSegment for", "Listed", "Named", "Sample", "a filter that moves", "contactOlderThan",
            "CalendarPeriod Newest", "CalendarPeriod Between", "CalendarPeriod Oldest",
            "RollingPeriod Newest", "RollingPeriod Between", "RollingPeriod Oldest", "StillPeriod Still",
        }.SelectMany(node => new[] { $"true with {node}", $"false with {node}" }),
        .. new[]
        {
            "29 February", "a month's end", "a week's turn", "a year's turn", "a skipped hour", "a doubled hour", "a day's beginning", "an instant of several events",
        }.Select(boundary => $"event at {boundary}"),
    ];

    /// <summary>Definitions, histories and instants that were compared with the reference.</summary>
    public long Comparisons { get; private set; }

    public void Compared(Definition definition, bool holds)
    {
        Comparisons++;
        Count(holds ? "answer: true" : "answer: false");
        foreach (var what in Nodes(definition.Condition).Distinct())
            Count($"{(holds ? "true" : "false")} with {what}");
    }

    private static IEnumerable<string> Boundaries(long time, Zone zone)
    {
        var day = zone.DayAt(time);
        var (_, month, dayOfMonth) = Civil.DateOf(day);
        var (_, nextMonth, _) = Civil.DateOf(day + 1);
        if (month == 2 && dayOfMonth == 29)
            yield return "29 February";
        if (month != nextMonth)
            yield return "a month's end";
        if (CalendarUnit.Week.IndexOf(day) != CalendarUnit.Week.IndexOf(day + 1))
            yield return "a week's turn";
        if (month == 12 && nextMonth == 1)
            yield return "a year's turn";
        if (zone.StartOfDay(day) == time)
            yield return "a day's beginning";
        foreach (var (at, before, after) in zone.Changes(time - Micros.Hour, time + Micros.Hour))
            yield return before < after ? "a skipped hour" : "a doubled hour";
    }

    public void Timer() => Count("timers followed");

    public void Resumed() => Count("states written and read");

    public void Input(Input input, string zone)
    {
        switch (input)
        {
            case Recorded e:
                Count(e.OccurredAt == e.At ? "event: on time" : e.OccurredAt < e.At ? "event: late" : "event: ahead");
                if (!e.Counts)
                    Count("event: not counting");
                foreach (var boundary in Boundaries(Micros.Of(e.OccurredAt), Zone.Find(zone)!))
                    Count($"event at {boundary}");
                if (!_seen.Add((e.OccurredAt, zone)))
                    Count("event at an instant of several events");
                break;
            case Changed:
                Count("contact changed");
                break;
        }
    }

    public void Count(string what) => _counts[what] = _counts.GetValueOrDefault(what) + 1;

    /// <summary>What has been reached of a kind, without the kind's name.</summary>
    public IEnumerable<string> Reached(string kind) =>
        _counts.Keys.Where(what => what.StartsWith(kind, StringComparison.Ordinal)).Select(what => what[kind.Length..]);

    /// <summary>What a generator should reach and did not.</summary>
    public IEnumerable<string> Missing() => Wanted.Where(what => !_counts.ContainsKey(what));

    private static IEnumerable<string> Nodes(Condition condition) => condition switch
    {
        Condition.All all => all.Parts.SelectMany(Nodes).Append("All"),
        Condition.Any any => any.Parts.SelectMany(Nodes).Append("Any"),
        Condition.Not not => Nodes(not.Part).Append("Not"),
        Condition.Named named => Nodes(named.Part.Condition).Append("Named"),
        Condition.Event of => [$"Event {of.Measure.Figure}", Kind(of.Period), .. Moving(of.Events), .. of.OlderThan is null ? Array.Empty<string>() : ["contactOlderThan"]],
        Condition.First first => ["First", Kind(first.Period), .. Moving(first.Events), .. first.Has is null ? Array.Empty<string>() : ["First has"]],
        Condition.Last last =>
        [
            "Last", Kind(last.Period), .. Moving(last.Events), .. last.Has is null ? Array.Empty<string>() : ["Last has"],
            .. last.NotFollowedBy is null ? Array.Empty<string>() : ["Last notFollowedBy"],
        ],
        Condition.Streak streak => ["Streak", .. Moving(streak.Events)],
        Condition.Sequence sequence =>
        [
            "Sequence", Kind(sequence.Period), .. sequence.Steps.SelectMany(step => Moving(step.Events)),
            .. sequence.Same is null ? Array.Empty<string>() : ["Sequence same"],
            .. sequence.Steps.All(step => step.Without is null) ? Array.Empty<string>() : ["Sequence without"],
        ],
        Condition.Contact contact => [$"Contact {contact.Predicate.GetType().Name}"],
        Condition.InSegment member => [member.For is null ? "InSegment" : "InSegment for"],
        _ => [condition.GetType().Name],
    };

    private static string Kind(Period period) => $"{period.GetType().Name} {period.Shape}";

    private static IEnumerable<string> Moving(EventFilter events) => events.Where is { Moves: true } ? ["a filter that moves"] : [];

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (what, count) in _counts)
            text.AppendLine(CultureInfo.InvariantCulture, $"{count,12:N0}  {what}");
        return text.ToString();
    }
}
