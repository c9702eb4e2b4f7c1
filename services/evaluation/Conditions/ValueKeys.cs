using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace EventSegmentation.Evaluation.Conditions;

/// <summary>
/// Names single values so that two are the same exactly if their names are: for <c>distinct</c> and <c>same</c>,
/// which need an equality that can be counted by. A number is the same as the text that has its plain digits.
/// </summary>
internal static class ValueKeys
{
    // Longer texts are named by their SHA-256, so that a state does not carry them about.
    private const int MaxText = 40;

    /// <summary>The names of all single values the path finds, each once.</summary>
    public static IReadOnlyList<string> Of(JsonElement root, ValuePath path)
    {
        var keys = new List<string>();
        path.Some(root, keys, static (value, keys) =>
        {
            if (Of(value) is { } key && !keys.Contains(key))
                keys.Add(key);
            return false;
        });
        return keys;
    }

    private static string? Of(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                var text = value.GetString()!;
                return text.Length <= MaxText
                    ? $"={text}"
                    : $"#{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
            case JsonValueKind.Number:
                return $"={(value.TryGetDecimal(out var number) ? NumberRange.Number(number) : value.GetRawText())}";
            case JsonValueKind.True:
                return "true";
            case JsonValueKind.False:
                return "false";
            default:
                return null;
        }
    }
}
