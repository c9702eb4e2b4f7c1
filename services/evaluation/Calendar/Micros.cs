namespace EventSegmentation.Evaluation.Calendar;

/// <summary>
/// Time inside this library: microseconds since 1970-01-01T00:00Z. One number orders, subtracts and packs
/// without ceremony, and a microsecond is the resolution the product promises.
/// </summary>
internal static class Micros
{
    public const long Second = 1_000_000;
    public const long Minute = 60 * Second;
    public const long Hour = 60 * Minute;
    public const long Day = 24 * Hour;

    /// <summary>An instant that does not come.</summary>
    public const long Never = long.MaxValue;

    private static readonly long MinTime = Of(DateTimeOffset.MinValue);
    private static readonly long MaxTime = Of(DateTimeOffset.MaxValue);

    /// <summary>The instant in microseconds; finer digits are cut off, towards the past.</summary>
    public static long Of(DateTimeOffset instant) =>
        (instant.UtcTicks / TimeSpan.TicksPerMicrosecond) - (DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerMicrosecond);

    /// <summary>Whether .NET has the instant as a time.</summary>
    public static bool IsInCalendar(long micros) => micros >= MinTime && micros <= MaxTime;

    /// <summary>The instant as a time; what lies outside the calendar of .NET is moved to its nearest end.</summary>
    public static DateTimeOffset ToTime(long micros) =>
        DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(micros, MinTime, MaxTime) * TimeSpan.TicksPerMicrosecond);

    /// <summary>The instant as a time; null for <see cref="Never"/>.</summary>
    public static DateTimeOffset? ToTimeOrNull(long micros) => micros == Never ? null : ToTime(micros);

    /// <summary>The sum, or <see cref="Never"/> where it would leave the range.</summary>
    public static long Add(long micros, long length)
    {
        if (micros == Never)
            return Never;
        var sum = (Int128)micros + length;
        return sum >= Never ? Never : sum <= long.MinValue ? long.MinValue : (long)sum;
    }
}
