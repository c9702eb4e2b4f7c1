namespace EventSegmentation.Evaluation.Calendar;

/// <summary>
/// A date or an instant as text: <c>YYYY-MM-DD</c>, or an ISO 8601 date-time, which without an offset is UTC.
/// Finer digits than microseconds are cut off. Nothing else is a date.
/// </summary>
/// <param name="Start">The first instant of the day, or the instant.</param>
/// <param name="End">The first instant after the day; for an instant, the instant itself.</param>
/// <param name="IsDay">True for a whole day in the zone.</param>
internal readonly record struct DateText(long Start, long End, bool IsDay)
{
    private const int MaxOffsetHours = 18;

    public static bool TryParse(ReadOnlySpan<char> text, Zone zone, out DateText date)
    {
        date = default;
        if (!TryDay(text, out var day))
            return false;
        if (text.Length == 10)
        {
            date = new DateText(zone.StartOfDay(day), zone.StartOfDay(day + 1), IsDay: true);
            return true;
        }

        if (text[10] is not ('T' or 't') || !TryTime(text[11..], out var time))
            return false;
        var instant = (day * Micros.Day) + time;
        date = new DateText(instant, instant, IsDay: false);
        return true;
    }

    private static bool TryDay(ReadOnlySpan<char> text, out long day)
    {
        day = 0;
        if (text.Length < 10 || text[4] != '-' || text[7] != '-'
            || !TryDigits(text[..4], out var year) || !TryDigits(text[5..7], out var month) || !TryDigits(text[8..10], out var dayOfMonth)
            || year < 1 || month is < 1 or > 12 || dayOfMonth < 1 || dayOfMonth > DateTime.DaysInMonth(year, month))
            return false;
        day = Civil.DayOf(year, month, dayOfMonth);
        return true;
    }

    /// <summary><c>hh:mm[:ss[.digits]][Z|±hh[[:]mm]]</c> as microseconds of the UTC day, which an offset may leave.</summary>
    private static bool TryTime(ReadOnlySpan<char> text, out long time)
    {
        time = 0;
        if (text.Length < 5 || text[2] != ':'
            || !TryDigits(text[..2], out var hour) || !TryDigits(text[3..5], out var minute) || hour > 23 || minute > 59)
            return false;
        time = (hour * Micros.Hour) + (minute * Micros.Minute);
        var rest = text[5..];
        if (rest.Length > 0 && rest[0] == ':')
        {
            if (rest.Length < 3 || !TryDigits(rest[1..3], out var second) || second > 59)
                return false;
            time += second * Micros.Second;
            rest = rest[3..];
            if (rest.Length > 0 && rest[0] is '.' or ',')
            {
                var digits = rest[1..].IndexOfAnyExceptInRange('0', '9');
                digits = digits < 0 ? rest.Length - 1 : digits;
                if (digits == 0)
                    return false;
                for (var (i, unit) = (1, Micros.Second / 10); i <= digits && unit > 0; i++, unit /= 10)
                    time += (rest[i] - '0') * unit;
                rest = rest[(digits + 1)..];
            }
        }

        return TryOffset(rest, ref time);
    }

    private static bool TryOffset(ReadOnlySpan<char> text, ref long time)
    {
        if (text is "" or "Z" or "z")
            return true;
        if (text[0] is not ('+' or '-') || text.Length is not (3 or 5 or 6) || !TryDigits(text[1..3], out var hours))
            return false;
        var minutes = 0;
        if (text.Length > 3 && (!TryDigits(text[^2..], out minutes) || (text.Length == 6 && text[3] != ':')))
            return false;
        if (hours > MaxOffsetHours || minutes > 59)
            return false;
        var offset = (hours * Micros.Hour) + (minutes * Micros.Minute);
        time += text[0] == '+' ? -offset : offset;
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<char> text, out int number)
    {
        number = 0;
        foreach (var c in text)
        {
            if (!char.IsAsciiDigit(c))
                return false;
            number = (number * 10) + c - '0';
        }

        return true;
    }
}
