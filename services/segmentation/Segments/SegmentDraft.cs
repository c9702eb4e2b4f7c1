using System.Text.Json;
using System.Text.RegularExpressions;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>A segment as a caller defines it, checked.</summary>
internal sealed partial record SegmentDraft(
    string Key, string Name, string Purpose, IReadOnlyList<string> Tags, Definition Definition, string Condition, IReadOnlyList<string> Warnings)
{
    public const int MaxKeyLength = 64;
    public const int MaxNameLength = 200;
    public const int MaxPurposeLength = 2_000;
    public const int MaxTags = 20;
    public const int MaxTagLength = 50;

    private static readonly string[] Members = ["key", "name", "purpose", "tags", "timeZone", "condition"];

    /// <summary>Reads a body strictly; each error says where it is, what was found and what was expected.</summary>
    public static (SegmentDraft? Draft, IReadOnlyList<ProblemError> Errors) Parse(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            return (null, [new("", "A segment is a JSON object with key, name and condition.")]);

        var errors = new List<ProblemError>();
        foreach (var member in body.EnumerateObject().Where(member => !Members.Contains(member.Name)))
            errors.Add(new($"/{member.Name}", $"A segment has no '{member.Name}'; it has {string.Join(", ", Members)}."));

        var key = Text(body, "key", MaxKeyLength, isNeeded: true, errors);
        if (key == "schema")
            errors.Add(new("/key", "'schema' is not free: /api/segments/schema is the form of definitions."));
        if (key.Length > 0 && !KeyPattern().IsMatch(key))
            errors.Add(new("/key", $"A key has lower-case letters, digits and hyphens only; '{key}' has others."));
        var name = Text(body, "name", MaxNameLength, isNeeded: true, errors);
        var purpose = Text(body, "purpose", MaxPurposeLength, isNeeded: false, errors);
        var timeZone = Text(body, "timeZone", MaxNameLength, isNeeded: false, errors);
        var tags = ReadTags(body, errors);

        if (!body.TryGetProperty("condition", out var condition))
        {
            errors.Add(new("/condition", "A segment needs a condition; {\"all\": []} is everyone."));
            return (null, errors);
        }

        var parsed = Definition.Parse(condition, timeZone.Length == 0 ? null : timeZone);
        errors.AddRange(parsed.Errors.Select(error => new ProblemError(
            error.Pointer == "/timeZone" ? error.Pointer : $"/condition{error.Pointer}", error.Detail)));
        return errors.Count > 0 || parsed.Definition is null
            ? (null, errors)
            : (new(key, name, purpose, tags, parsed.Definition, condition.GetRawText(), parsed.Warnings), []);
    }

    private static List<string> ReadTags(JsonElement body, List<ProblemError> errors)
    {
        var tags = new List<string>();
        if (!body.TryGetProperty("tags", out var given) || given.ValueKind == JsonValueKind.Null)
            return tags;
        if (given.ValueKind != JsonValueKind.Array || given.GetArrayLength() > MaxTags)
        {
            errors.Add(new("/tags", $"tags is a list of at most {MaxTags} texts."));
            return tags;
        }

        foreach (var (tag, place) in given.EnumerateArray().Select((tag, place) => (tag, place)))
        {
            if (tag.ValueKind == JsonValueKind.String && tag.GetString() is { Length: > 0 and <= MaxTagLength } text && IsPlain(text))
                tags.Add(text);
            else
                errors.Add(new($"/tags/{place}", $"A tag is a text of 1 to {MaxTagLength} characters without control characters."));
        }

        return tags;
    }

    private static string Text(JsonElement body, string name, int max, bool isNeeded, List<ProblemError> errors)
    {
        if (!body.TryGetProperty(name, out var given) || given.ValueKind == JsonValueKind.Null)
        {
            if (isNeeded)
                errors.Add(new($"/{name}", $"A segment needs a {name}: a text of 1 to {max} characters."));
            return "";
        }

        if (given.ValueKind != JsonValueKind.String)
        {
            errors.Add(new($"/{name}", $"{name} is a text of up to {max} characters; a {given.ValueKind} came."));
            return "";
        }

        var text = given.GetString()!;
        if (text.Length > max || (isNeeded && string.IsNullOrWhiteSpace(text)))
            errors.Add(new($"/{name}", $"{name} has {(isNeeded ? "1 to" : "up to")} {max} characters; {text.Length} came."));
        else if (!IsPlain(text))
            errors.Add(new($"/{name}", $"{name} has no control characters."));
        return text;
    }

    private static bool IsPlain(string text) => !text.Any(char.IsControl);

    [GeneratedRegex("^[a-z0-9-]+$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex KeyPattern();
}
