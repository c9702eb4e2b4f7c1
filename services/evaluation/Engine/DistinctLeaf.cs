using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>How many different values of a parameter the matching events in a period have.</summary>
internal sealed class DistinctLeaf(string canonical, Condition.Event condition) : Leaf(canonical)
{
    // Values may come and go many times before the answer changes; then waking early is cheaper than looking on.
    private const int MaxSteps = 64;

    private readonly Gauge _gauge = new(condition.Measure);
    private readonly Period _period = condition.Period;
    private readonly ValuePath _param = condition.Measure.Param!;

    public override EventFilter? OnlyFilter => condition.Events;

    public override IEnumerable<string> EventTypes => condition.Events.Types;

    public override bool Default => _gauge.Holds(default);

    public override bool Add(ref Tally? tally, ContactEvent e, long time, long now)
    {
        if (!condition.Events.Lets(e, now) || (!_period.Contains(time, now) && _period.NextChange(time, now) == Micros.Never))
            return false;
        var keys = ValueKeys.Of(e.Params, _param);
        if (keys.Count == 0)
            return false;
        var values = (DistinctTally)(tally ??= new DistinctTally());
        foreach (var key in keys)
            values.Add(_period.Representative(time), key, _period.Shape);
        values.Trim(_period, now, _gauge.Enough);
        return true;
    }

    public override Verdict Judge(Tally tally, long now)
    {
        var values = (DistinctTally)tally;
        values.Trim(_period, now, _gauge.Enough);
        var holds = Holds(values, now);
        var at = now;
        for (var step = 0; step < MaxSteps; step++)
        {
            at = values.NextChange(_period, at);
            if (at == Micros.Never || Holds(values, at) != holds)
                break;
        }

        return new Verdict(holds, at);
    }

    public override Tally Read(ref PackReader from) => DistinctTally.Read(ref from);

    private bool Holds(DistinctTally values, long now) => _gauge.Holds(new Total(values.Count(_period, now), 0, default));
}

/// <summary>
/// Values and when they were, the oldest first. Where the period holds the newest, each value stands at its latest
/// time only; where it holds the oldest, at its earliest.
/// </summary>
internal sealed class DistinctTally : Tally
{
    private readonly List<(long Time, string Key)> _values = [];

    public override bool IsEmpty => _values.Count == 0;

    public void Add(long time, string key, PeriodShape shape)
    {
        var known = _values.FindIndex(value => value.Key == key && (shape != PeriodShape.Between || value.Time == time));
        if (known >= 0)
        {
            if (shape == PeriodShape.Newest ? time <= _values[known].Time : time >= _values[known].Time)
                return;
            _values.RemoveAt(known);
        }

        var at = _values.Count;
        while (at > 0 && _values[at - 1].Time > time)
            at--;
        _values.Insert(at, (time, key));
    }

    /// <summary>Drops what can make no difference at the instant or later: so many values are enough.</summary>
    public void Trim(Period period, long now, long enough)
    {
        var gone = 0;
        while (gone < _values.Count && !period.Contains(_values[gone].Time, now) && period.NextChange(_values[gone].Time, now) == Micros.Never)
            gone++;
        _values.RemoveRange(0, gone);
        if (_values.Count <= enough || period.Shape == PeriodShape.Between)
            return;
        if (period.Shape == PeriodShape.Newest)
            _values.RemoveRange(0, (int)(_values.Count - enough));
        else
            _values.RemoveRange((int)enough, (int)(_values.Count - enough));
    }

    /// <summary>How many different values the period holds.</summary>
    public int Count(Period period, long now)
    {
        if (period.Shape == PeriodShape.Between)
            return _values.Where(value => period.Contains(value.Time, now)).Select(value => value.Key).Distinct(StringComparer.Ordinal).Count();
        var count = 0;
        foreach (var (time, _) in _values)
            if (period.Contains(time, now))
                count++;
        return count;
    }

    public long NextChange(Period period, long now)
    {
        var next = Micros.Never;
        foreach (var (time, _) in _values)
            next = Math.Min(next, period.NextChange(time, now));
        return next;
    }

    public override void Write(PackWriter to)
    {
        to.Count(_values.Count);
        foreach (var (time, key) in _values)
        {
            to.Time(time);
            to.Text(key);
        }
    }

    public static DistinctTally Read(ref PackReader from)
    {
        var tally = new DistinctTally();
        for (var left = from.Count(); left > 0; left--)
            tally._values.Add((from.Time(), from.Text()));
        return tally;
    }
}
