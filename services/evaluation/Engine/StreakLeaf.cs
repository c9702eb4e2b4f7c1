using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>Enough events in enough of the previous complete units, in UTC.</summary>
internal sealed class StreakLeaf(string canonical, Condition.Streak condition) : Leaf(canonical)
{
    private readonly int _previous = condition.Previous;

    public override EventFilter? OnlyFilter => condition.Events;

    public override IEnumerable<string> EventTypes => condition.Events.Types;

    public override bool Add(ref Tally? tally, ContactEvent e, long time, long now)
    {
        if (!condition.Events.Lets(e, now))
            return false;
        var unit = UnitOf(time);
        return unit >= UnitOf(now) - _previous
            && ((StreakTally)(tally ??= new StreakTally())).Add(unit, condition.AtLeast);
    }

    public override Verdict Judge(Tally tally, long now)
    {
        var streak = (StreakTally)tally;
        var current = UnitOf(now);
        streak.DropBefore(current - _previous);
        var holds = Holds(streak, current);

        // Once the newest unit has left, nothing can change any more.
        for (var next = current + 1; next <= streak.Newest + _previous + 1; next++)
            if (Holds(streak, next) != holds)
                return new Verdict(holds, Zone.Utc.StartOfDay(condition.Unit.FirstDay(next)));
        return new Verdict(holds, Micros.Never);
    }

    public override Tally Read(ref PackReader from) => StreakTally.Read(ref from);

    private bool Holds(StreakTally streak, long current) =>
        streak.Full(current - _previous, current - 1, condition.AtLeast) >= condition.InAtLeast;

    private long UnitOf(long time) => condition.Unit.IndexOf(Zone.Utc.DayAt(time));
}

/// <summary>How many events lie in each of the newest units, the oldest first; none above what a unit needs.</summary>
internal sealed class StreakTally : Tally
{
    private readonly List<(long Unit, int Count)> _units = [];

    public override bool IsEmpty => _units.Count == 0;

    /// <summary>The newest unit with an event.</summary>
    public long Newest => _units.Count == 0 ? long.MinValue / 2 : _units[^1].Unit;

    /// <summary>Counts an event. Returns false if its unit has enough.</summary>
    public bool Add(long unit, int enough)
    {
        var at = _units.Count;
        while (at > 0 && _units[at - 1].Unit > unit)
            at--;
        if (at == 0 || _units[at - 1].Unit != unit)
        {
            _units.Insert(at, (unit, 1));
            return true;
        }

        if (_units[at - 1].Count >= enough)
            return false;
        _units[at - 1] = (unit, _units[at - 1].Count + 1);
        return true;
    }

    public void DropBefore(long unit)
    {
        var gone = 0;
        while (gone < _units.Count && _units[gone].Unit < unit)
            gone++;
        _units.RemoveRange(0, gone);
    }

    /// <summary>How many units from the first to the last, both included, have enough.</summary>
    public int Full(long first, long last, int enough)
    {
        var full = 0;
        foreach (var (unit, count) in _units)
            if (unit >= first && unit <= last && count >= enough)
                full++;
        return full;
    }

    public override void Write(PackWriter to)
    {
        to.Count(_units.Count);
        var before = 0L;
        foreach (var (unit, count) in _units)
        {
            to.Signed(unit - before);
            to.Count(count);
            before = unit;
        }
    }

    public static StreakTally Read(ref PackReader from)
    {
        var tally = new StreakTally();
        var unit = 0L;
        for (var left = from.Count(); left > 0; left--)
        {
            unit += from.Signed();
            tally._units.Add((unit, (int)from.Long()));
        }

        return tally;
    }
}
