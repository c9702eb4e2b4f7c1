using System.Text.Json;
using System.Text.RegularExpressions;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>Reads a segment from JSON strictly; each error says where it is, what was found and what was expected.</summary>
/// <param name="at">The pointer of the segment in the whole; empty if it is the whole.</param>
/// <param name="errors">Takes what is wrong.</param>
/// <param name="isList">True if a segment that says neither kind nor condition is a static one, as what it takes the place of is.</param>
internal sealed partial class SegmentReader(string at, List<ProblemError> errors, bool isList = false)
{
    public const string Dynamic = "dynamic";
    public const string Static = "static";

    /// <summary>The members that every written segment may have.</summary>
    public static readonly IReadOnlyList<string> Members = ["key", "name", "purpose", "tags", "kind", "timeZone", "condition"];

    // A static segment has none; the zone is checked beside one that is right.
    private static readonly JsonElement NoCondition = JsonDocument.Parse("""{"any":[]}""").RootElement;

    /// <summary>The segment; null if anything in it is wrong.</summary>
    /// <param name="address">The key in the address, with which one in the body must agree; null if the address has none.</param>
    /// <param name="further">Members that may stand beside a segment's own.</param>
    public WrittenSegment? Read(JsonElement body, string? address, params IReadOnlyList<string> further)
    {
        var before = errors.Count;
        if (body.ValueKind != JsonValueKind.Object)
        {
            Refuse("", "A segment is a JSON object with key, name and condition.");
            return null;
        }

        foreach (var member in body.EnumerateObject().Select(member => member.Name).Except([.. Members, .. further]).Take(Problems.MaxErrors))
            Refuse($"/{JsonPointer.Escape(member)}", $"A segment has no '{member}'; it has {string.Join(", ", [.. Members, .. further])}.");

        var key = Key(body, address);
        var name = Text(body, "name", WrittenSegment.MaxNameLength, isNeeded: true);
        var purpose = Text(body, "purpose", WrittenSegment.MaxPurposeLength, isNeeded: false);
        var tags = Tags(body);
        var isStatic = IsStatic(body);
        var (text, warnings) = Version(body, isStatic);
        return errors.Count == before && text is not null ? new(key, name, purpose, tags, isStatic, text, warnings) : null;
    }

    /// <summary>A member that is true or false; false if it is missing.</summary>
    public bool Truth(JsonElement body, string name)
    {
        if (body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var given) && given.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            Refuse($"/{name}", $"{name} is true or false; {given.GetRawText()} came.");
        else if (body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out given))
            return given.GetBoolean();
        return false;
    }

    /// <summary>Why a text is no key of a segment or of a group; null if it is one.</summary>
    public static string? KeyError(string key)
    {
        if (key.Length is 0 or > WrittenSegment.MaxKeyLength)
            return $"A key has 1 to {WrittenSegment.MaxKeyLength} characters; {key.Length} came.";
        return KeyPattern().IsMatch(key) ? null : $"A key has lower-case letters, digits and hyphens only; '{key}' has others.";
    }

    private string Key(JsonElement body, string? address)
    {
        if (address is not null && !body.TryGetProperty("key", out _))
            return address;
        var key = Text(body, "key", WrittenSegment.MaxKeyLength, isNeeded: true);
        if (key.Length is > 0 and <= WrittenSegment.MaxKeyLength && IsPlain(key) && KeyError(key) is { } error)
            Refuse("/key", error);
        if (key is "schema" or "preview" or "dry-run")
            Refuse("/key", $"'{key}' is not free: /api/segments/{key} is a call of its own.");
        if (address is not null && key != address)
            Refuse("/key", $"The address names the segment '{address}', the body '{key}'. A key does not change.");
        return key;
    }

    private bool IsStatic(JsonElement body)
    {
        if (!body.TryGetProperty("kind", out var given) || given.ValueKind == JsonValueKind.Null)
            return isList && (!body.TryGetProperty("condition", out var condition) || condition.ValueKind == JsonValueKind.Null);
        if (given.ValueKind == JsonValueKind.String && given.GetString() is Dynamic or Static)
            return given.GetString() == Static;
        Refuse("/kind", $"kind is '{Dynamic}', by a condition, or '{Static}', a list; {given.GetRawText()} came.");
        return false;
    }

    private (VersionText? Text, IReadOnlyList<string> Warnings) Version(JsonElement body, bool isStatic)
    {
        var timeZone = Text(body, "timeZone", WrittenSegment.MaxNameLength, isNeeded: false);
        var hasCondition = body.TryGetProperty("condition", out var condition) && condition.ValueKind != JsonValueKind.Null;
        if (isStatic && hasCondition)
            Refuse("/condition", "A static segment has no condition: it is a list that is filled by calls.");
        if (!isStatic && !hasCondition)
            Refuse("/condition", "A segment needs a condition; {\"all\": []} is everyone. A list of contacts is of the kind 'static'.");
        var parsed = Definition.Parse(hasCondition && !isStatic ? condition : NoCondition, timeZone.Length == 0 ? null : timeZone);
        foreach (var error in parsed.Errors)
            Refuse(error.Pointer == "/timeZone" ? error.Pointer : $"/condition{error.Pointer}", error.Detail);
        if (parsed.Definition is not { } definition || isStatic == hasCondition)
            return (null, []);
        return isStatic ? (new(definition.TimeZone, null, null), []) : (new(definition.TimeZone, condition.GetRawText(), definition), parsed.Warnings);
    }

    private List<string> Tags(JsonElement body)
    {
        var tags = new List<string>();
        if (!body.TryGetProperty("tags", out var given) || given.ValueKind == JsonValueKind.Null)
            return tags;
        if (given.ValueKind != JsonValueKind.Array || given.GetArrayLength() > WrittenSegment.MaxTags)
        {
            Refuse("/tags", $"tags is a list of at most {WrittenSegment.MaxTags} texts.");
            return tags;
        }

        foreach (var (place, tag) in given.EnumerateArray().Index())
        {
            if (tag.ValueKind != JsonValueKind.String || tag.GetString() is not { Length: > 0 and <= WrittenSegment.MaxTagLength } text || !IsPlain(text))
                Refuse($"/tags/{place}", $"A tag is a text of 1 to {WrittenSegment.MaxTagLength} characters without control characters.");
            else if (!tags.Contains(text, StringComparer.Ordinal))
                tags.Add(text);
        }

        return tags;
    }

    private string Text(JsonElement body, string name, int max, bool isNeeded)
    {
        if (!body.TryGetProperty(name, out var given) || given.ValueKind == JsonValueKind.Null)
        {
            if (isNeeded)
                Refuse($"/{name}", $"A segment needs a {name}: a text of 1 to {max} characters.");
            return "";
        }

        if (given.ValueKind != JsonValueKind.String)
        {
            Refuse($"/{name}", $"{name} is a text of up to {max} characters; a {given.ValueKind} came.");
            return "";
        }

        var text = given.GetString()!;
        if (text.Length > max || (isNeeded && string.IsNullOrWhiteSpace(text)))
            Refuse($"/{name}", $"{name} has {(isNeeded ? "1 to" : "up to")} {max} characters; {text.Length} came.");
        else if (!IsPlain(text))
            Refuse($"/{name}", $"{name} has no control characters.");
        return text;
    }

    private void Refuse(string pointer, string detail) => errors.Add(new(at + pointer, detail));

    private static bool IsPlain(string text) => !text.Any(char.IsControl);

    [GeneratedRegex(@"^[a-z0-9-]+\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex KeyPattern();
}
