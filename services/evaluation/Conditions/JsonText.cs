using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace EventSegmentation.Evaluation.Conditions;

/// <summary>Half a surrogate pair, as an escape, and bytes that are no UTF-8 pass as JSON but are no text, and .NET throws wherever they are read. So they are kept out.</summary>
internal static class JsonText
{
    private static readonly JsonElement Nothing = JsonElement.Parse("{}");

    /// <summary>The JSON itself, or an empty object if some string or name in it is no text.</summary>
    public static JsonElement OrNothing(JsonElement json) => IsReadable(json) ? json : Nothing;

    /// <summary>Whether every string and every name is a text.</summary>
    public static bool IsReadable(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Undefined)
            return true;

        // The parser looks at the structure alone: the bytes of a text are not checked before it is read.
        var raw = JsonMarshal.GetRawUtf8Value(json);
        if (!Utf8.IsValid(raw))
            return false;
        if (raw.IndexOf(@"\u"u8) < 0)
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
