namespace EventSegmentation.Evaluation.Calendar;

/// <summary>
/// Whole calendar units counted from the current one: from <paramref name="first"/> to <paramref name="last"/>,
/// both included. No first means from the beginning.
/// </summary>
internal sealed class CalendarPeriod(string text, Zone zone, CalendarUnit unit, Shift? first, Shift last) : Period(text)
{
    internal override PeriodShape Shape =>
        first is null ? PeriodShape.Oldest : last.IsBehind ? PeriodShape.Between : PeriodShape.Newest;

    internal override (long From, long To) At(long now)
    {
        var current = IndexOf(now);
        return (first is { } from ? Start(from.From(current)) : long.MinValue, Start(last.From(current) + 1));
    }

    internal override bool Contains(long time, long now)
    {
        var at = IndexOf(time);
        var current = IndexOf(now);
        return (first is not { } from || from.From(current) <= at) && at <= last.From(current);
    }

    internal override long NextChange(long time, long now)
    {
        var at = IndexOf(time);
        var enters = Start(last.FirstToReach(at));
        var leaves = first is { } from ? Start(from.FirstToReach(at + 1)) : Micros.Never;
        if (leaves <= enters)
            return Micros.Never;
        return now < enters ? enters : now < leaves ? leaves : Micros.Never;
    }

    internal override long Representative(long time) => Start(IndexOf(time));

    private long IndexOf(long time) => unit.IndexOf(zone.DayAt(time));

    private long Start(long index) => zone.StartOfDay(unit.FirstDay(index));
}

/// <summary>So many units away from the current one, or, for days only, so many months. Negative is behind.</summary>
internal readonly record struct Shift(long Units, int Months = 0)
{
    public bool IsBehind => Units < 0 || Months < 0;

    /// <summary>The number of the unit this far from the current one.</summary>
    public long From(long current) => Months == 0 ? current + Units : Civil.AddMonths(current, Months);

    /// <summary>The first current unit from which this shift lands on the target or after it.</summary>
    public long FirstToReach(long target)
    {
        if (Months == 0)
            return target - Units;

        // Months differ in length, so several days may land on one and some on none; From never decreases.
        var guess = Civil.AddMonths(target, -Months);
        while (From(guess - 1) >= target)
            guess--;
        while (From(guess) < target)
            guess++;
        return guess;
    }
}
