namespace EventSegmentation.Evaluation.Calendar;

/// <summary>A unit as people write it: of a fixed length up to the week, of so many months above.</summary>
internal sealed class TimeUnit
{
    /// <summary>All units, the shortest first.</summary>
    public static readonly TimeUnit[] All =
    [
        new("second", Micros.Second, 0, null),
        new("minute", Micros.Minute, 0, null),
        new("hour", Micros.Hour, 0, null),
        new("day", Micros.Day, 0, CalendarUnit.Day),
        new("week", 7 * Micros.Day, 0, CalendarUnit.Week),
        new("month", 0, 1, CalendarUnit.Month),
        new("quarter", 0, 3, CalendarUnit.Quarter),
        new("year", 0, 12, CalendarUnit.Year),
    ];

    private const double MonthDays = 365.2425 / 12;
    private readonly CalendarUnit? _calendar;

    private TimeUnit(string name, long length, int months, CalendarUnit? calendar)
    {
        Name = name;
        Length = length;
        Months = months;
        _calendar = calendar;
    }

    /// <summary>The singular.</summary>
    public string Name { get; }

    /// <summary>Microseconds of one; 0 for units made of months.</summary>
    public long Length { get; }

    /// <summary>Months of one; 0 for units of a fixed length.</summary>
    public int Months { get; }

    /// <summary>The calendar's unit of this name; there is none shorter than a day.</summary>
    public CalendarUnit Calendar => _calendar ?? throw new InvalidOperationException($"The calendar has no {Name}s.");

    public bool IsCalendar => _calendar is not null;

    /// <summary><c>1 day</c>, <c>2 days</c>.</summary>
    public string Times(int count) => count == 1 ? $"1 {Name}" : $"{count} {Name}s";

    /// <summary>The unit alone, in the number that fits the count.</summary>
    public string Named(int count) => count == 1 ? Name : Name + "s";

    /// <summary>The usual length of so many, for comparing; exact only without months.</summary>
    public double About(int count) => Months == 0 ? (double)Length * count : Months * MonthDays * Micros.Day * count;

    /// <summary>So many behind now, as a bound that rolls with the clock; ahead if the count is negative.</summary>
    public RollingBound Behind(int count, Zone zone) =>
        Months == 0 ? new RollingBound.Fixed(Length * count) : new RollingBound.Months(zone, Months * count);

    /// <summary>So many away from today, in calendar days; behind if the count is negative.</summary>
    public Shift Away(int count) => Months == 0 ? new Shift(Length / Micros.Day * count) : new Shift(0, Months * count);

    public static TimeUnit? Find(string word) =>
        Array.Find(All, unit => word == unit.Name || (word.Length == unit.Name.Length + 1 && word[^1] == 's' && word.StartsWith(unit.Name, StringComparison.Ordinal)));
}
