using System.Runtime.InteropServices;
using System.Text.Json;

namespace EventSegmentation.Evaluation.Conditions;

/// <summary>An escape that is half a surrogate pair is JSON but no text, and .NET throws wherever it is read. So it is kept out.</summary>
internal static class JsonText
{
    private static readonly JsonElement Nothing = JsonElement.Parse("{}");

    /// <summary>The JSON itself, or an empty object if some string or name in it is no text.</summary>
    public static JsonElement OrNothing(JsonElement json) => IsReadable(json) ? json : Nothing;

    /// <summary>Whether every string and every name is a text.</summary>
    public static bool IsReadable(JsonElement json)
    {
        // Only an escape can be half a pair: the parser has checked the bytes themselves.
        if (json.ValueKind == JsonValueKind.Undefined || JsonMarshal.GetRawUtf8Value(json).IndexOf(@"\u"u8) < 0)
            return true;
        try
        {
            return Visit(json);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static bool Visit(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString() is not null,
        JsonValueKind.Array => json.EnumerateArray().All(Visit),
        JsonValueKind.Object => json.EnumerateObject().All(member => member.Name is not null && Visit(member.Value)),
        _ => true,
    };
}
