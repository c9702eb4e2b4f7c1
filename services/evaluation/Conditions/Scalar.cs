using System.Text.Json;

namespace EventSegmentation.Evaluation.Conditions;

/// <summary>
/// A single value of a definition: a text, a number or a truth value. Texts compare ordinally; a number equals
/// numeric text; truth values equal only truth values.
/// </summary>
public sealed record Scalar
{
    private readonly decimal? _number;
    private readonly string? _text;
    private readonly bool _truth;

    private Scalar(string? text, decimal? number, bool truth)
    {
        _text = text;
        _number = number;
        _truth = truth;
    }

    /// <summary>True for a text.</summary>
    internal bool IsText => _text is not null;

    /// <summary>The text; null for other kinds.</summary>
    internal string? Text => _text;

    /// <summary>The number, or that of a numeric text; null if there is none.</summary>
    internal decimal? Number => _number;

    /// <inheritdoc />
    public override string ToString() =>
        _text is not null ? $"\"{_text}\"" : _number is { } number ? NumberRange.Number(number) : _truth ? "true" : "false";

    /// <summary>The value; null if it is no single value or a number outside the decimal range.</summary>
    internal static Scalar? Of(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => OfText(json.GetString()!),
        JsonValueKind.Number => json.TryGetDecimal(out var number) ? new Scalar(null, number, false) : null,
        JsonValueKind.True => new Scalar(null, null, true),
        JsonValueKind.False => new Scalar(null, null, false),
        _ => null,
    };

    /// <summary>A text; if it is numeric, it equals that number against numbers.</summary>
    internal static Scalar OfText(string text) =>
        new(text, JsonNumber.TryParse(text, out var number) ? number : null, false);

    /// <summary>Whether it is this truth value.</summary>
    internal bool IsTruth(bool truth) => _text is null && _number is null && _truth == truth;

    /// <summary>Whether the value of an event or a contact equals this one.</summary>
    internal bool Matches(JsonElement value, bool ignoreCase)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String when _text is not null:
                return ignoreCase
                    ? string.Equals(value.GetString(), _text, StringComparison.OrdinalIgnoreCase)
                    : value.ValueEquals(_text);
            case JsonValueKind.String or JsonValueKind.Number:
                return _number is { } number && JsonNumber.TryRead(value, out var other) && other == number;
            case JsonValueKind.True or JsonValueKind.False:
                return IsTruth(value.ValueKind == JsonValueKind.True);
            default:
                return false;
        }
    }
}
