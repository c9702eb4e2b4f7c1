using System.Globalization;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>
/// JSON numbers as texts that can be compared. An event that waits in the store comes back with its numbers as the store
/// writes them, so that is the form in which they identify from the start. Pure.
/// </summary>
internal static class NumberText
{
    /// <summary>
    /// The number as the store's jsonb writes it: exact, without an exponent, zeros after the point as they were given, and
    /// no sign before zero. Null if that takes more than <see cref="Identifier.MaxLength"/> characters.
    /// </summary>
    /// <param name="raw">A number by the grammar of JSON.</param>
    public static string? Of(string raw)
    {
        if (raw.Length > 2 * Identifier.MaxLength)
            return null;
        var exponentAt = raw.AsSpan().IndexOfAny('e', 'E');
        var exponent = 0;
        if (exponentAt >= 0 && !int.TryParse(raw.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
            return null;
        var isNegative = raw[0] == '-';
        var parts = raw[(isNegative ? 1 : 0)..(exponentAt < 0 ? raw.Length : exponentAt)].Split('.');
        var digits = string.Concat(parts);
        var isZero = digits.All(digit => digit == '0');

        // How far the point is from the first digit; where the number is zero, only what is after it is written.
        var point = (long)parts[0].Length + exponent;
        if (isZero)
            point = Math.Min(point, digits.Length);
        if (point > Identifier.MaxLength || digits.Length - point > Identifier.MaxLength)
            return null;

        var places = (int)point;
        if (places <= 0)
            (digits, places) = (new string('0', 1 - places) + digits, 1);
        var whole = digits[..Math.Min(places, digits.Length)].PadRight(places, '0').TrimStart('0');
        var text = (isNegative && !isZero ? "-" : "") + (whole.Length > 0 ? whole : "0") + (places < digits.Length ? "." + digits[places..] : "");
        return text.Length > Identifier.MaxLength ? null : text;
    }
}
