using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>
/// Totals by time, the oldest first, each time once. Times are those of events, or the representatives of calendar
/// units, and none that can make no difference any more.
/// </summary>
internal sealed class EntryTally(Gauge gauge) : Tally
{
    // A steady period is followed to the end; an unsteady one may change hands often, and then waking early is cheaper.
    private const int UnsteadySteps = 64;

    private readonly List<(long Time, Total Total)> _entries = [];

    public int Count => _entries.Count;

    public override bool IsEmpty => _entries.Count == 0;

    public void Add(long time, Total total)
    {
        var at = _entries.Count;
        while (at > 0 && _entries[at - 1].Time > time)
            at--;
        if (at > 0 && _entries[at - 1].Time == time)
            _entries[at - 1] = (time, _entries[at - 1].Total + total);
        else
            _entries.Insert(at, (time, total));
    }

    /// <summary>Drops what can make no difference at the instant or later, whatever else is still added.</summary>
    public void Trim(Period period, long now)
    {
        var gone = 0;
        while (gone < _entries.Count && !period.Contains(_entries[gone].Time, now) && period.NextChange(_entries[gone].Time, now) == Micros.Never)
            gone++;
        _entries.RemoveRange(0, gone);

        switch (period.Shape)
        {
            case PeriodShape.Newest:
                TrimBehind(newestFirst: true);
                break;
            case PeriodShape.Oldest:
                MergeSettled(period, now);
                TrimBehind(newestFirst: false);
                break;
        }
    }

    public Verdict Judge(Period period, long now)
    {
        var total = new Total();
        foreach (var entry in _entries)
            if (period.Contains(entry.Time, now))
                total += entry.Total;
        var holds = gauge.Holds(total);
        return new Verdict(holds, period.IsSteady ? NextFlip(period, now, total, holds) : NextUnsteadyFlip(period, now, holds));
    }

    public override void Write(PackWriter to)
    {
        to.Count(_entries.Count);
        var before = 0L;
        for (var i = 0; i < _entries.Count; i++)
        {
            var (time, total) = _entries[i];
            if (i == 0)
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
            time = i == 0 ? from.Time() : time + from.Long();
            var number = from.Long();
            var beyond = gauge.HasBeyond ? from.Long() : 0;
            var sum = gauge.HasSum ? new ExactSum(from.Wide(), from.Wide()) : default;
            tally._entries.Add((time, new Total(number, beyond, sum)));
        }

        return tally;
    }

    /// <summary>Keeps only entries that matter beside those which are in the period whenever they are.</summary>
    private void TrimBehind(bool newestFirst)
    {
        if (_entries.Count < 2 || gauge.HasSum)
            return;
        var there = new Total();
        for (var step = 0; step < _entries.Count;)
        {
            var at = newestFirst ? _entries.Count - 1 - step : step;
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
    }

    /// <summary>What has come to stay needs no times of its own.</summary>
    private void MergeSettled(Period period, long now)
    {
        while (_entries.Count > 1 && IsSettled(_entries[0].Time) && IsSettled(_entries[1].Time))
        {
            _entries[0] = (_entries[0].Time, _entries[0].Total + _entries[1].Total);
            _entries.RemoveAt(1);
        }

        bool IsSettled(long time) => period.Contains(time, now) && period.NextChange(time, now) == Micros.Never;
    }

    /// <summary>Lets the period slide over the entries, which it does in their order, until the answer changes.</summary>
    private long NextFlip(Period period, long now, Total total, bool holds)
    {
        // Entries [first, last) are in the period; those before have left, those behind have not come in yet.
        var first = 0;
        while (first < _entries.Count && !period.Contains(_entries[first].Time, now) && period.NextChange(_entries[first].Time, now) == Micros.Never)
            first++;
        var last = first;
        while (last < _entries.Count && period.Contains(_entries[last].Time, now))
            last++;

        for (var at = now; ;)
        {
            var leaves = first < last ? period.NextChange(_entries[first].Time, at) : Micros.Never;
            var enters = last < _entries.Count ? period.NextChange(_entries[last].Time, at) : Micros.Never;
            at = Math.Min(leaves, enters);
            if (at == Micros.Never)
                return Micros.Never;
            for (; last < _entries.Count && period.Contains(_entries[last].Time, at); last++)
                total += _entries[last].Total;
            for (; first < last && !period.Contains(_entries[first].Time, at); first++)
                total -= _entries[first].Total;
            if (gauge.Holds(total) != holds)
                return at;
        }
    }

    private long NextUnsteadyFlip(Period period, long now, bool holds)
    {
        var at = now;
        for (var step = 0; step < UnsteadySteps; step++)
        {
            var next = Micros.Never;
            foreach (var entry in _entries)
                next = Math.Min(next, period.NextChange(entry.Time, at));
            if (next == Micros.Never)
                return Micros.Never;
            at = next;
            var total = new Total();
            foreach (var entry in _entries)
                if (period.Contains(entry.Time, at))
                    total += entry.Total;
            if (gauge.Holds(total) != holds)
                return at;
        }

        return at;
    }
}
