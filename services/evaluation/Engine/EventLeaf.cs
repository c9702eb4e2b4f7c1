using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>A figure of the matching events in a period.</summary>
internal sealed class EventLeaf(string canonical, Condition.Event condition) : Leaf(canonical)
{
    private const int TrimAbove = 64;

    private readonly Gauge _gauge = new(condition.Measure);
    private readonly Period _period = condition.Period;

    public override EventFilter? OnlyFilter => condition.Events;

    public override IEnumerable<string> EventTypes => condition.Events.Types;

    public override bool Default => _gauge.Holds(default);

    public override bool Add(ref Tally? tally, ContactEvent e, long time, long now)
    {
        if (!condition.Events.Lets(e, now))
            return false;
        if (!_period.Contains(time, now) && _period.NextChange(time, now) == Micros.Never)
            return false;
        var total = _gauge.Of(e.Params);
        if (total.IsNothing)
            return false;
        var entries = (EntryTally)(tally ??= new EntryTally(_gauge));
        entries.Add(_period.Representative(time), total);

        // The verdict that follows trims; while a history is read there is none for long.
        if (entries.Count > TrimAbove)
            entries.Trim(_period, now);
        return true;
    }

    public override Verdict Judge(Tally tally, long now)
    {
        var entries = (EntryTally)tally;
        entries.Trim(_period, now);
        return entries.Judge(_period, now);
    }

    public override Tally Read(ref PackReader from) => EntryTally.Read(ref from, _gauge);
}
