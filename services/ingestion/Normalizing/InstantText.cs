using System.Globalization;
using System.Text.RegularExpressions;

namespace EventSegmentation.Ingestion.Normalizing;

/// <summary>
/// Instants as senders write them: <c>YYYY-MM-DD</c> (the beginning of that day, UTC), or an ISO 8601
/// date-time with <c>T</c> or a space, optional seconds, a fraction of any length, and <c>Z</c>,
/// <c>±HH:MM</c>, <c>±HHMM</c>, <c>±HH</c> or nothing, which means UTC.
/// </summary>
internal static partial class InstantText
{
    private const int MicrosecondDigits = 6;

    /// <summary>The instant in UTC, digits finer than a microsecond cut off; null if the text names none in the calendar.</summary>
    public static DateTimeOffset? Parse(string text)
    {
        if (text.Length > IntakeLimits.InstantCharacters || Form().Match(text) is not { Success: true } match)
            return null;

        int Part(string group) => match.Groups[group] is { Success: true } part ? int.Parse(part.ValueSpan, CultureInfo.InvariantCulture) : 0;

        var (year, month, day) = (Part("year"), Part("month"), Part("day"));
        var (hour, minute, second) = (Part("hour"), Part("minute"), Part("second"));
        var (offsetHour, offsetMinute) = (Part("offsetHour"), Part("offsetMinute"));
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59)
            return null;

        var offset = new TimeSpan(offsetHour, offsetMinute, 0);
        var ticks = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks
            + Microseconds(match.Groups["fraction"].ValueSpan) * TimeSpan.TicksPerMicrosecond
            - (match.Groups["sign"].ValueSpan is "-" ? -offset.Ticks : offset.Ticks);
        return ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
    }

    /// <summary>The instant with digits finer than a microsecond cut off, towards the past.</summary>
    public static DateTimeOffset ToMicrosecond(DateTimeOffset instant)
    {
        var utc = instant.UtcTicks;
        return new DateTimeOffset(utc - utc % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
    }

    private static long Microseconds(ReadOnlySpan<char> fraction)
    {
        long value = 0;
        for (var i = 0; i < MicrosecondDigits; i++)
            value = value * 10 + (i < fraction.Length ? fraction[i] - '0' : 0);
        return value;
    }

    [GeneratedRegex(
        """
        ^(?<year>[0-9]{4})-(?<month>[0-9]{2})-(?<day>[0-9]{2})
        (?: [Tt\ ] (?<hour>[0-9]{2}) : (?<minute>[0-9]{2})
            (?: : (?<second>[0-9]{2}) (?: [.,] (?<fraction>[0-9]+) )? )?
            (?: [Zz] | (?<sign>[+-]) (?<offsetHour>[0-9]{2}) (?: :? (?<offsetMinute>[0-9]{2}) )? )?
        )?\z
        """,
        RegexOptions.NonBacktracking | RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
