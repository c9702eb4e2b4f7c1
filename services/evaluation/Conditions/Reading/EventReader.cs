using System.Text.Json;
using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Conditions.Reading;

/// <summary>Reads conditions on events: which ones, what is computed of them, and when they occurred.</summary>
internal sealed class EventReader(Findings findings, WhereReader where)
{
    private static readonly NumberRange AtLeastOnce = new(Comparison.AtLeast, 1, 1);

    /// <summary>The leaf <c>event</c>; its members are known to be allowed.</summary>
    public Condition.Event? Event(Place place)
    {
        var events = Filter(place, "event");
        var measure = Measure(place);
        var period = Period(place, "today");
        var older = place.Member("contactOlderThan") is { } length ? findings.Length(length) : null;
        if (events is null || measure is null || period is null || (older is null && place.Member("contactOlderThan") is not null))
            return null;
        return IsKept(place, measure, period) ? new Condition.Event(events, measure, period, older) : null;
    }

    /// <summary>The leaf <c>first</c>.</summary>
    public Condition.First? First(Place place)
    {
        var events = Filter(place, "first");
        var period = Period(place, "all time");
        var good = Where(place, "has", out var has);
        return events is not null && period is not null && good ? new Condition.First(events, period, has) : null;
    }

    /// <summary>The leaf <c>last</c>.</summary>
    public Condition.Last? Last(Place place)
    {
        var events = Filter(place, "last");
        var period = Period(place, "all time");
        var good = Where(place, "has", out var has) & Named(place, "notFollowedBy", out var notFollowedBy);
        return events is not null && period is not null && good ? new Condition.Last(events, period, has, notFollowedBy) : null;
    }

    /// <summary>The event under a member of this name, an object with <c>event</c> and <c>where</c>; false if it is there and wrong.</summary>
    public bool Named(Place place, string name, out EventFilter? filter)
    {
        filter = null;
        if (place.Member(name) is not { } member)
            return true;
        if (!findings.IsObject(member, Grammar.EventMembers))
            return false;
        if (member.Member("event") is null)
        {
            findings.Refuse(member.Pointer, $"found {member.Found()}, expected an object such as {{\"event\": \"OrderPaid\"}}");
            return false;
        }

        filter = Filter(member, "event");
        return filter is not null;
    }

    /// <summary>The period of a leaf on events, or its default.</summary>
    public Period? Period(Place place, string otherwise) => place.Member("period") is { } period
        ? findings.Period(period)
        : PeriodText.Parse(otherwise, findings.Zone, ahead: false, out _);

    /// <summary>The event types under the member of this name, and <c>where</c>.</summary>
    public EventFilter? Filter(Place place, string name)
    {
        var types = Types(place.Member(name)!.Value);
        return Where(place, "where", out var tree) && types is not null ? new EventFilter(types, tree) : null;
    }

    private bool Where(Place place, string name, out Where? tree)
    {
        tree = place.Member(name) is { } member ? where.Read(member) : null;
        return tree is not null || place.Member(name) is null;
    }

    private List<string>? Types(Place place)
    {
        if (place.Json.ValueKind != JsonValueKind.Array)
            return findings.Text(place, "an event type, or a list of them") is { } type ? [type] : null;
        if (findings.List(place, Limits.EventTypes, "event types") is not { } elements)
            return null;
        var types = elements.Select(element => findings.Text(element, "an event type")).OfType<string>().ToList();
        return types.Count == elements.Count ? [.. types.Distinct().Order(StringComparer.Ordinal)] : null;
    }

    private Measure? Measure(Place place)
    {
        var figures = Array.FindAll(["count", .. Grammar.Figures], name => place.Member(name) is not null);
        if (figures.Length > 1)
        {
            findings.Refuse(place.Pointer, $"found {string.Join(" and ", figures)}, expected one of them");
            return null;
        }

        var figure = figures.Length == 0 ? "count" : figures[0];
        var beside = Array.FindAll(Grammar.Comparisons, op => place.Member(op) is not null);
        if (figure != "count")
            return Aggregate(place, figure);
        if (beside.Length > 0)
        {
            findings.Refuse(place.PointerTo(beside[0]), $"found '{beside[0]}' beside 'event', expected it inside \"count\": {{ … }}, or beside one of {string.Join(", ", Grammar.Figures)}");
            return null;
        }

        return figures.Length == 0 ? new Measure(Figure.Count, null, AtLeastOnce) : Count(place.Member("count")!.Value);
    }

    private Measure? Count(Place place)
    {
        if (!findings.IsObject(place, Grammar.Comparisons) || RangeReader.One(findings, place, Grammar.Comparisons) is not var (op, operand))
            return null;
        return RangeReader.Read(findings, op, operand) is { } range && IsWhole(operand, range) ? new Measure(Figure.Count, null, range) : null;
    }

    private Measure? Aggregate(Place place, string figure)
    {
        var param = findings.Path(place.Member(figure)!.Value);
        if (RangeReader.One(findings, place, Grammar.Comparisons) is not var (op, operand)
            || RangeReader.Read(findings, op, operand) is not { } range || param is null)
            return null;
        var kind = Enum.Parse<Figure>(figure, ignoreCase: true);
        return kind != Figure.Distinct || IsWhole(operand, range) ? new Measure(kind, param, range) : null;
    }

    private bool IsWhole(Place place, NumberRange range)
    {
        if (range.First >= 0 && decimal.IsInteger(range.First) && decimal.IsInteger(range.Second))
            return true;
        findings.Refuse(place.Pointer, $"found {place.Found()}, expected whole numbers from 0");
        return false;
    }

    /// <summary>Refuses what no bounded state can keep exactly: a great number of times or values, each of which matters.</summary>
    private bool IsKept(Place place, Measure measure, Period period)
    {
        var keepsEach = measure.Figure == Figure.Distinct || (measure.Figure == Figure.Count && period is RollingPeriod);
        if (!keepsEach || measure.Range.Second <= Limits.KeptCount)
            return true;
        findings.Refuse(place.Pointer, $"found {measure.Range} over '{period}', expected at most {Limits.KeptCount}: each of them must be kept to be exact");
        return false;
    }
}
