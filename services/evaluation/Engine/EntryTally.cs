using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>
/// Totals by time, the oldest first, each time once. Times are those of events, or the representatives of calendar
/// units, and none that can make no difference any more.
/// </summary>
internal sealed class EntryTally(Gauge gauge) : Tally
{
    // Entries may come and go many times before the answer changes; then it is cheaper to wake early and look on.
    private const int MaxSteps = 64;

    private readonly List<(long Time, Total Total)> _entries = [];

    // The window a steady period was last seen over: entries before it have left for good, those behind have not come in.
    private int _first;
    private int _last;
    private Total _total;

    public int Count => _entries.Count - _first;

    public override bool IsEmpty => Count == 0;

    public void Add(long time, Total total)
    {
        var at = _entries.Count;
        while (at > _first && _entries[at - 1].Time > time)
            at--;
        if (at > _first && _entries[at - 1].Time == time)
        {
            _entries[at - 1] = (time, _entries[at - 1].Total + total);
            if (at <= _last)
                _total += total;
            return;
        }

        _entries.Insert(at, (time, total));
        if (at < _last)
            Forget();
    }

    /// <summary>Drops what can make no difference at the instant or later, whatever else is still added.</summary>
    public void Trim(Period period, long now)
    {
        Leave(period, now);
        if (Count < 2 || gauge.HasSum && period.Shape == PeriodShape.Newest)
            return;
        switch (period.Shape)
        {
            case PeriodShape.Newest:
                TrimBehind(newestFirst: true);
                break;
            case PeriodShape.Oldest:
                MergeSettled(period, now);
                if (!gauge.HasSum)
                    TrimBehind(newestFirst: false);
                break;
        }
    }

    public Verdict Judge(Period period, long now)
    {
        if (!period.IsSteady)
        {
            var there = Sum(period, now);
            return new Verdict(gauge.Holds(there), NextUnsteadyFlip(period, now, gauge.Holds(there)));
        }

        for (; _last < _entries.Count && period.Contains(_entries[_last].Time, now); _last++)
            _total += _entries[_last].Total;
        var holds = gauge.Holds(_total);
        return new Verdict(holds, NextFlip(period, now, holds));
    }

    public override void Write(PackWriter to)
    {
        to.Count(Count);
        var before = 0L;
        for (var i = _first; i < _entries.Count; i++)
        {
            var (time, total) = _entries[i];
            if (i == _first)
                to.Time(time);
            else
                to.Count(time - before);
            before = time;
            to.Count(total.Count);
            if (gauge.HasBeyond)
                to.Count(total.Beyond);
            if (gauge.HasSum)
            {
                to.Wide(total.Sum.Whole);
                to.Wide(total.Sum.Fraction);
            }
        }
    }

    public static EntryTally Read(ref PackReader from, Gauge gauge)
    {
        var tally = new EntryTally(gauge);
        var count = from.Count();
        var time = 0L;
        for (var i = 0; i < count; i++)
        {
            time = i == 0 ? from.Time() : from.Later(time);
            var number = from.Long();
            var beyond = gauge.HasBeyond ? from.Long() : 0;
            var sum = gauge.HasSum ? new ExactSum(from.Wide(), from.Wide()) : default;
            tally._entries.Add((time, new Total(number, beyond, sum)));
        }

        return tally;
    }

    /// <summary>Lets go of the oldest entries that the period will not hold again.</summary>
    private void Leave(Period period, long now)
    {
        for (; _first < _entries.Count && IsOver(_entries[_first].Time); _first++)
        {
            if (_first < _last)
                _total -= _entries[_first].Total;
            else
                _last = _first + 1;
        }

        // Moving the rest up costs as much as there is of it, so it waits until half of the list is gone.
        if (_first * 2 < _entries.Count)
            return;
        _entries.RemoveRange(0, _first);
        (_first, _last) = (0, _last - _first);

        bool IsOver(long time) => !period.Contains(time, now) && period.NextChange(time, now) == Micros.Never;
    }

    /// <summary>Keeps only entries that matter beside those which are in the period whenever they are.</summary>
    private void TrimBehind(bool newestFirst)
    {
        var there = new Total();
        var before = _entries.Count;
        for (var step = 0; step < Count;)
        {
            var at = newestFirst ? _entries.Count - 1 - step : _first + step;
            if (gauge.Matters(there, _entries[at].Total))
            {
                there += _entries[at].Total;
                step++;
            }
            else
            {
                _entries.RemoveAt(at);
            }
        }

        if (_entries.Count != before)
            Forget();
    }

    /// <summary>What has come to stay needs no times of its own.</summary>
    private void MergeSettled(Period period, long now)
    {
        for (; Count > 1 && IsSettled(_entries[_first].Time) && IsSettled(_entries[_first + 1].Time); Forget())
        {
            _entries[_first] = (_entries[_first].Time, _entries[_first].Total + _entries[_first + 1].Total);
            _entries.RemoveAt(_first + 1);
        }

        bool IsSettled(long time) => period.Contains(time, now) && period.NextChange(time, now) == Micros.Never;
    }

    /// <summary>The window is seen anew at the next look.</summary>
    private void Forget() => (_last, _total) = (_first, default);

    private Total Sum(Period period, long now)
    {
        var total = new Total();
        for (var i = _first; i < _entries.Count; i++)
            if (period.Contains(_entries[i].Time, now))
                total += _entries[i].Total;
        return total;
    }

    /// <summary>Lets the period slide over the entries, which it does in their order, until the answer changes.</summary>
    private long NextFlip(Period period, long now, bool holds)
    {
        var (first, last, total, at) = (_first, _last, _total, now);
        for (var step = 0; step < MaxSteps; step++)
        {
            var leaves = first < last ? period.NextChange(_entries[first].Time, at) : Micros.Never;
            var enters = last < _entries.Count ? period.NextChange(_entries[last].Time, at) : Micros.Never;
            at = Math.Min(leaves, enters);
            if (at == Micros.Never)
                break;
            for (; last < _entries.Count && period.Contains(_entries[last].Time, at); last++)
                total += _entries[last].Total;
            for (; first < last && !period.Contains(_entries[first].Time, at); first++)
                total -= _entries[first].Total;
            if (gauge.Holds(total) != holds)
                break;
        }

        return at;
    }

    private long NextUnsteadyFlip(Period period, long now, bool holds)
    {
        var at = now;
        for (var step = 0; step < MaxSteps; step++)
        {
            var next = Micros.Never;
            for (var i = _first; i < _entries.Count; i++)
                next = Math.Min(next, period.NextChange(_entries[i].Time, at));
            at = next;
            if (at == Micros.Never || gauge.Holds(Sum(period, at)) != holds)
                break;
        }

        return at;
    }
}
