namespace EventSegmentation.Evaluation.Calendar;

/// <summary>The pieces a calendar is cut into. Weeks begin on Monday.</summary>
public enum CalendarUnit
{
    /// <summary>A calendar day.</summary>
    Day,

    /// <summary>Monday to Sunday.</summary>
    Week,

    /// <summary>A calendar month.</summary>
    Month,

    /// <summary>January to March, and so on.</summary>
    Quarter,

    /// <summary>A calendar year.</summary>
    Year,
}

/// <summary>Numbers the units one after another, so that "three weeks before" is a subtraction.</summary>
internal static class CalendarUnits
{
    // 1970-01-01 was a Thursday: three days after a Monday.
    private const int EpochWeekday = 3;

    /// <summary>The number of the unit that holds the day.</summary>
    public static long IndexOf(this CalendarUnit unit, long day)
    {
        switch (unit)
        {
            case CalendarUnit.Day:
                return day;
            case CalendarUnit.Week:
                return Civil.Floor(day + EpochWeekday, 7);
            default:
                var (year, month, _) = Civil.DateOf(day);
                return Civil.Floor((year * 12) + month - 1, unit.Months());
        }
    }

    /// <summary>The first day of the unit with this number.</summary>
    public static long FirstDay(this CalendarUnit unit, long index) => unit switch
    {
        CalendarUnit.Day => index,
        CalendarUnit.Week => (index * 7) - EpochWeekday,
        _ => Civil.DayOf(0, (index * unit.Months()) + 1, 1),
    };

    private static int Months(this CalendarUnit unit) => unit switch
    {
        CalendarUnit.Month => 1,
        CalendarUnit.Quarter => 3,
        CalendarUnit.Year => 12,
        _ => throw new ArgumentOutOfRangeException(nameof(unit), unit, "not made of months"),
    };
}
