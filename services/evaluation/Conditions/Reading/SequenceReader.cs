using System.Text.Json;
using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Conditions.Reading;

/// <summary>Reads conditions on the order and the regularity of events.</summary>
internal sealed class SequenceReader(Findings findings, EventReader events)
{
    /// <summary>The leaf <c>streak</c>.</summary>
    public Condition.Streak? Streak(Place place)
    {
        var filter = events.Filter(place, "streak");
        var previous = Required(place, "previous", "how many periods to look back") is { } count ? findings.Whole(count, 1, Limits.StreakPeriods) : null;
        var unit = Required(place, "complete", "'days', 'weeks' or 'months'") is { } name ? Unit(name) : null;
        var atLeast = place.Member("atLeast") is { } each ? findings.Whole(each, 1, Limits.KeptCount) : 1;
        var inAtLeast = place.Member("inAtLeast") is { } some ? findings.Whole(some, 1, previous ?? Limits.StreakPeriods) : previous;
        return filter is not null && previous is { } n && unit is { } u && atLeast is { } m && inAtLeast is { } k
            ? new Condition.Streak(filter, n, u, m, k)
            : null;
    }

    /// <summary>The leaf <c>sequence</c>.</summary>
    public Condition.Sequence? Sequence(Place place)
    {
        var period = events.Period(place, "all time");
        var good = Length(place, "inTotal", out var inTotal);
        ValuePath? same = null;
        if (place.Member("same") is { } name)
        {
            same = findings.Path(name);
            good &= same is not null;
        }

        if (findings.List(place.Member("sequence")!.Value, Limits.Steps, "steps") is not { } elements)
            return null;
        var steps = elements.Select((element, i) => Step(element, i)).OfType<Step>().ToList();
        return good && period is not null && steps.Count == elements.Count ? new Condition.Sequence(steps, same, inTotal, period) : null;
    }

    private Step? Step(Place place, int index)
    {
        if (!findings.IsObject(place, Grammar.StepMembers))
            return null;
        if (place.Member("event") is null)
        {
            findings.Refuse(place.Pointer, $"found {place.Found()}, expected a step such as {{\"event\": \"OrderPaid\", \"within\": \"1 hour\"}}");
            return null;
        }

        var filter = events.Filter(place, "event");
        var good = Length(place, "within", out var within) & events.Named(place, "without", out var without);
        foreach (var name in (string[])["within", "without"])
            if (index == 0 && place.Member(name) is { } tooEarly)
            {
                findings.Refuse(tooEarly.Pointer, $"found '{name}' on the first step, expected it on a later one: it looks at the step before");
                good = false;
            }

        return good && filter is not null ? new Step(filter, within, without) : null;
    }

    private CalendarUnit? Unit(Place place)
    {
        switch (place.Json.ValueKind == JsonValueKind.String ? place.Json.GetString() : null)
        {
            case "days":
                return CalendarUnit.Day;
            case "weeks":
                return CalendarUnit.Week;
            case "months":
                return CalendarUnit.Month;
            default:
                var found = place.Json.ValueKind == JsonValueKind.String ? place.Json.GetString()! : "";
                findings.Refuse(place.Pointer, $"found {place.Found()}, expected one of {string.Join(", ", Grammar.StreakUnits)}{Nearest.Hint(found, Grammar.StreakUnits)}");
                return null;
        }
    }

    private bool Length(Place place, string name, out Length? length)
    {
        length = place.Member(name) is { } member ? findings.Length(member) : null;
        return length is not null || place.Member(name) is null;
    }

    private Place? Required(Place place, string name, string meaning)
    {
        if (place.Member(name) is { } member)
            return member;
        findings.Refuse(place.Pointer, $"found no '{name}', expected it: {meaning}");
        return null;
    }
}
