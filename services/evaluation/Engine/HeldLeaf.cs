using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>
/// A condition on events some of whose filters move with the clock, such as "the trial ends in exactly 3 days":
/// which events match is open until the dates in them have passed, so the events themselves are kept until then.
/// </summary>
internal sealed class HeldLeaf : Leaf
{
    // A change of one event's match seldom changes the answer; after so many the leaf wakes and looks on from there.
    private const int MaxSteps = 32;

    private readonly HeldQuestion _question;
    private readonly EventFilter[] _filters;
    private readonly ValuePath[] _paths;

    public HeldLeaf(string canonical, HeldQuestion question)
        : base(canonical)
    {
        _question = question;
        _filters = [.. question.Filters];
        _paths = [.. _filters.SelectMany(filter => filter.Where?.Params ?? []), .. question.Params];
    }

    public override IEnumerable<string> EventTypes => _filters.SelectMany(filter => filter.Types).Distinct();

    public override bool Default => _question.Holds([], 0);

    public override bool Add(ref Tally? tally, ContactEvent e, long time, long now)
    {
        if (!Array.Exists(_filters, filter => MayLet(filter, e.Type, e.Params, now)))
            return false;
        ((HeldTally)(tally ??= new HeldTally())).Add(new HeldEvent(time, e.EventId, e.Type, Excerpt.Of(e.Params, _paths)));
        return true;
    }

    public override Verdict Judge(Tally tally, long now)
    {
        var events = ((HeldTally)tally).Events;
        events.RemoveAll(held => _question.IsOver(held, now) || !Array.Exists(_filters, filter => MayLet(filter, held.Type, held.Params, now)));
        var holds = _question.Holds(events, now);
        var at = now;
        for (var step = 0; step < MaxSteps && at != Micros.Never; step++)
        {
            at = NextChange(events, at);
            if (at != Micros.Never && _question.Holds(events, at) != holds)
                break;
        }

        return new Verdict(holds, at);
    }

    public override Tally Read(ref PackReader from) => HeldTally.Read(ref from);

    /// <summary>Whether the filter lets such an event pass now or may do so later.</summary>
    private static bool MayLet(EventFilter filter, string type, System.Text.Json.JsonElement json, long now) =>
        filter.Types.Contains(type)
        && (filter.Where is not { } where || where.Holds(json, now) || where.NextChange(json, now) != Micros.Never);

    private long NextChange(List<HeldEvent> events, long now)
    {
        var next = _question.NextTurn(events, now);
        foreach (var held in events)
        {
            next = Math.Min(next, _question.NextChange(held, now));
            foreach (var filter in _filters)
                if (filter.Where is { } where && filter.Types.Contains(held.Type))
                    next = Math.Min(next, where.NextChange(held.Params, now));
        }

        return next;
    }
}
