namespace EventSegmentation.Evaluation.Calendar;

/// <summary>The calendar days of a zone, as conditions see them: a day begins at its first instant and ends where the next begins.</summary>
public static class ZoneDays
{
    /// <summary>The day that has begun last at the instant.</summary>
    /// <param name="instant">The instant.</param>
    /// <param name="timeZone">An IANA zone name, such as <see cref="Definition.TimeZone"/>.</param>
    /// <exception cref="ArgumentException">There is no such zone.</exception>
    public static DateOnly DayAt(DateTimeOffset instant, string timeZone)
    {
        var (year, month, day) = Civil.DateOf(Of(timeZone).DayAt(Micros.Of(instant)));
        return new((int)year, month, day);
    }

    /// <summary>The first instant of the day.</summary>
    /// <param name="day">The day.</param>
    /// <param name="timeZone">An IANA zone name, such as <see cref="Definition.TimeZone"/>.</param>
    /// <exception cref="ArgumentException">There is no such zone.</exception>
    public static DateTimeOffset Start(DateOnly day, string timeZone) =>
        Micros.ToTime(Of(timeZone).StartOfDay(Civil.DayOf(day.Year, day.Month, day.Day)));

    private static Zone Of(string timeZone) => Zone.Find(timeZone) ?? throw new ArgumentException($"There is no zone '{timeZone}'.", nameof(timeZone));
}
