using System.Text.Json;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Contacts.Fields;

/// <summary>What a value of an additional field may be.</summary>
internal static class FieldValue
{
    /// <summary>The most characters of a text, inside lists and objects too.</summary>
    public const int MaxTextLength = 1_000;

    /// <summary>The most bytes of all additional fields of one contact together, as JSON in UTF-8.</summary>
    public const int MaxBytes = 20 * 1024;

    /// <summary>What is wrong with a value, each error with its place in it.</summary>
    public static IEnumerable<ProblemError> Errors(JsonElement value, string pointer) => value.ValueKind switch
    {
        JsonValueKind.String when value.GetString()!.Length is var length && length > MaxTextLength =>
            [new(pointer, $"A text has at most {MaxTextLength} characters; {length} came.")],
        JsonValueKind.Number when !IsInRange(value) =>
            [new(pointer, "A number lies within ±79228162514264337593543950335 and has at most 28 decimal places; send this one as a text.")],
        JsonValueKind.Array => value.EnumerateArray().SelectMany((item, place) => Errors(item, $"{pointer}/{place}")),
        JsonValueKind.Object => value.EnumerateObject().SelectMany(member => Errors(member.Value, $"{pointer}/{JsonPointer.Escape(member.Name)}")),
        _ => [],
    };

    // One that is not zero and reads as zero is too small, and would be endless digits in the store.
    private static bool IsInRange(JsonElement number) =>
        number.TryGetDecimal(out var value) && (value != 0 || !number.GetRawText().Split('e', 'E')[0].Any(c => c is >= '1' and <= '9'));
}
