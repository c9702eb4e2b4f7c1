namespace EventSegmentation.Evaluation.Calendar;

/// <summary>
/// The proleptic Gregorian calendar over day numbers (0 is 1970-01-01), without .NET's limits on the year,
/// so that shifting the last date of a calendar by a period cannot fail.
/// </summary>
internal static class Civil
{
    /// <summary>The day number of a date; the month may be any number and carries into the year.</summary>
    public static long DayOf(long year, long month, int day)
    {
        (year, month) = (year + Math.DivRem(month - 1, 12, out var rest), rest + 1);
        if (month < 1)
            (year, month) = (year - 1, month + 12);

        // Howard Hinnant, "chrono-compatible low-level date algorithms": eras of 400 years from 1 March.
        if (month <= 2)
            year--;
        var era = Floor(year, 400);
        var yearOfEra = year - (era * 400);
        var dayOfYear = (((153 * (month + (month > 2 ? -3 : 9))) + 2) / 5) + day - 1;
        var dayOfEra = (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear;
        return (era * 146_097) + dayOfEra - 719_468;
    }

    /// <summary>Year, month 1–12 and day 1–31 of a day number.</summary>
    public static (long Year, int Month, int Day) DateOf(long dayNumber)
    {
        dayNumber += 719_468;
        var era = Floor(dayNumber, 146_097);
        var dayOfEra = dayNumber - (era * 146_097);
        var yearOfEra = (dayOfEra - (dayOfEra / 1_460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        var dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var shifted = ((5 * dayOfYear) + 2) / 153;
        var day = (int)(dayOfYear - (((153 * shifted) + 2) / 5) + 1);
        var month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
        return (yearOfEra + (era * 400) + (month <= 2 ? 1 : 0), month, day);
    }

    /// <summary>The same day of the month so many months later, or the month's last day if it is shorter.</summary>
    public static long AddMonths(long dayNumber, long months)
    {
        var (year, month, day) = DateOf(dayNumber);
        var first = DayOf(year, month + months, 1);
        var length = DayOf(year, month + months + 1, 1) - first;
        return first + Math.Min(day, length) - 1;
    }

    /// <summary>Division that rounds towards the past.</summary>
    public static long Floor(long number, long by)
    {
        var quotient = Math.DivRem(number, by, out var rest);
        return rest < 0 ? quotient - 1 : quotient;
    }
}
