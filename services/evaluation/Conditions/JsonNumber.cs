using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace EventSegmentation.Evaluation.Conditions;

/// <summary>
/// Numbers, and texts that have the grammar of a JSON number. Outside the decimal range nothing is numeric; inside
/// it, digits beyond the decimal's 28 are rounded as .NET does.
/// </summary>
internal static class JsonNumber
{
    /// <summary>The number of a JSON number or of a numeric text.</summary>
    public static bool TryRead(JsonElement value, out decimal number)
    {
        if (value.ValueKind == JsonValueKind.Number)
            return value.TryGetDecimal(out number);
        number = 0;
        if (value.ValueKind != JsonValueKind.String)
            return false;
        var quoted = JsonMarshal.GetRawUtf8Value(value);
        var raw = quoted[1..^1];
        return raw.Contains((byte)'\\') ? TryParse(value.GetString()!, out number) : TryParse(raw, out number);
    }

    /// <summary>The number of a numeric text.</summary>
    public static bool TryParse(string text, out decimal number) => TryParse(Encoding.UTF8.GetBytes(text), out number);

    private static bool TryParse(ReadOnlySpan<byte> text, out decimal number)
    {
        number = 0;
        return IsNumber(text) && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
    }

    private static bool IsNumber(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("-"u8))
            text = text[1..];
        var digits = Digits(text);
        if (digits == 0 || (digits > 1 && text[0] == '0'))
            return false;
        text = text[digits..];
        if (text.StartsWith("."u8))
        {
            digits = Digits(text[1..]);
            if (digits == 0)
                return false;
            text = text[(digits + 1)..];
        }

        if (text.IsEmpty)
            return true;
        if (text[0] is not ((byte)'e' or (byte)'E'))
            return false;
        text = text[1..];
        if (!text.IsEmpty && text[0] is (byte)'+' or (byte)'-')
            text = text[1..];
        return !text.IsEmpty && Digits(text) == text.Length;
    }

    private static int Digits(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return end < 0 ? text.Length : end;
    }
}
