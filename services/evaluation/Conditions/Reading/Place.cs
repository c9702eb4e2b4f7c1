using System.Text.Json;

namespace EventSegmentation.Evaluation.Conditions.Reading;

/// <summary>A value of the definition and where it stands in it.</summary>
internal readonly record struct Place(JsonElement Json, string Pointer)
{
    // A found text is quoted in an error up to this length.
    private const int QuotedLength = 60;

    /// <summary>The member of this name, or null.</summary>
    public Place? Member(string name) =>
        Json.TryGetProperty(name, out var value) ? new Place(value, PointerTo(name)) : null;

    /// <summary>The pointer of a member, which need not be there.</summary>
    public string PointerTo(string name) =>
        $"{Pointer}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    /// <summary>The elements of a list.</summary>
    public IEnumerable<Place> Elements()
    {
        var pointer = Pointer;
        return Json.EnumerateArray().Select((element, i) => new Place(element, $"{pointer}/{i}"));
    }

    /// <summary>What stands here, for people.</summary>
    public string Found() => Json.ValueKind switch
    {
        JsonValueKind.Object => Json.EnumerateObject().Any() ? $"an object with {string.Join(", ", Json.EnumerateObject().Take(5).Select(member => Quote(member.Name)))}" : "an empty object",
        JsonValueKind.Array => Json.GetArrayLength() == 0 ? "an empty list" : $"a list of {Json.GetArrayLength()}",
        JsonValueKind.String => Quote(Json.GetString()!),
        JsonValueKind.Number => $"the number {Short(Json.GetRawText())}",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => "null",
        _ => "nothing",
    };

    public static string Quote(string text) => $"'{Short(text)}'";

    // Not between the two halves of a character: half of one is no text.
    private static string Short(string text) => text.Length <= QuotedLength
        ? text
        : text[..(char.IsHighSurrogate(text[QuotedLength - 1]) ? QuotedLength - 1 : QuotedLength)] + "…";
}
