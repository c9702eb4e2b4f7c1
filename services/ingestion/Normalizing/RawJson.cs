using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace EventSegmentation.Ingestion.Normalizing;

/// <summary>What raw JSON text holds beyond what a parser checks: texts and numbers that the store cannot keep.</summary>
internal static class RawJson
{
    private const int UnicodeEscapeLength = 6;

    /// <summary>
    /// Null if the text can be kept, or what is wrong with it. Both faults can only come as an escape: raw
    /// control characters are no JSON, and raw surrogates are no UTF-8.
    /// </summary>
    /// <param name="raw">The text as sent, with or without its quotes.</param>
    public static string? TextFault(ReadOnlySpan<byte> raw)
    {
        for (var at = raw.IndexOf((byte)'\\'); at >= 0; at = raw.IndexOf((byte)'\\'))
        {
            raw = raw[at..];
            if (raw[1] != 'u')
            {
                raw = raw[2..];
                continue;
            }

            var unit = EscapedUnit(raw);
            if (unit == '\0')
                return "must not contain the character U+0000";
            if (char.IsLowSurrogate(unit))
                return UnpairedSurrogate;
            raw = raw[UnicodeEscapeLength..];
            if (!char.IsHighSurrogate(unit))
                continue;
            if (!raw.StartsWith("\\u"u8) || !char.IsLowSurrogate(EscapedUnit(raw)))
                return UnpairedSurrogate;
            raw = raw[UnicodeEscapeLength..];
        }

        return null;
    }

    private const string UnpairedSurrogate = "must not contain half of a surrogate pair";

    private static char EscapedUnit(ReadOnlySpan<byte> escape) =>
        (char)ushort.Parse(escape[2..UnicodeEscapeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>
    /// The digits of a JSON number written out in full, without exponent: <c>1e3</c> has 4, <c>1e-3</c> has 4,
    /// <c>12.50</c> has 4. <see cref="long.MaxValue"/> if the exponent itself is beyond counting.
    /// </summary>
    public static long WrittenDigits(ReadOnlySpan<byte> raw)
    {
        var mantissa = raw;
        long exponent = 0;
        var e = raw.IndexOfAny((byte)'e', (byte)'E');
        if (e >= 0)
        {
            mantissa = raw[..e];
            var text = raw[(e + 1)..];
            if (text[0] == '+')
                text = text[1..];
            if (!Utf8Parser.TryParse(text, out int parsed, out var read) || read != text.Length)
                return long.MaxValue;
            exponent = parsed;
        }

        if (mantissa[0] == '-')
            mantissa = mantissa[1..];
        var point = mantissa.IndexOf((byte)'.');
        var whole = point < 0 ? mantissa.Length : point;
        var fraction = point < 0 ? 0 : mantissa.Length - point - 1;
        return Math.Max(whole + exponent, 1) + Math.Max(fraction - exponent, 0);
    }

    /// <summary>What came, for a sender who gave the wrong kind of value.</summary>
    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a truth value",
        _ => "null",
    };

    /// <summary>Characters as people and PostgreSQL count them: Unicode code points.</summary>
    public static int Characters(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
            count++;
        return count;
    }

    public static ReadOnlySpan<byte> Of(JsonElement value) => JsonMarshal.GetRawUtf8Value(value);

    public static ReadOnlySpan<byte> NameOf(JsonProperty property) => JsonMarshal.GetRawUtf8PropertyName(property);

    /// <summary>True if the member has this name. Safe with names that cannot be decoded.</summary>
    public static bool NameIs(JsonProperty property, ReadOnlySpan<byte> name)
    {
        var raw = NameOf(property);
        return raw.Contains((byte)'\\')
            ? TextFault(raw) is null && property.NameEquals(name)
            : raw.SequenceEqual(name);
    }

    /// <summary>Finds a member of an object; false if it is given twice. A missing one, and one that is null, is null.</summary>
    public static bool TryMember(JsonElement parent, ReadOnlySpan<byte> name, out JsonElement? value)
    {
        value = null;
        var seen = false;
        foreach (var member in parent.EnumerateObject())
        {
            if (!NameIs(member, name))
                continue;
            if (seen)
                return false;
            seen = true;
            value = member.Value.ValueKind == JsonValueKind.Null ? null : member.Value;
        }

        return true;
    }

    /// <summary>The member's name for a pointer, also where it cannot be decoded.</summary>
    public static string PrintableName(JsonProperty property) =>
        TextFault(NameOf(property)) is null ? property.Name : Encoding.UTF8.GetString(NameOf(property));
}
