using System.Text.Json;
using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Segments.Groups;

namespace EventSegmentation.Segmentation.Segments.AsCode;

/// <summary>A matching rule and whose it is.</summary>
/// <param name="EventType">The event type, or <see cref="MatchingRules.Installation"/>.</param>
internal sealed record WrittenRule(string EventType, MatchingRule Rule);

/// <summary>All that administrators define, as one document. No key stands twice in a list.</summary>
/// <param name="Segments">Null if the document says nothing of segments; so the others.</param>
internal sealed record DefinitionDocument(
    IReadOnlyList<WrittenSegment>? Segments, IReadOnlyList<WrittenGroup>? Groups, IReadOnlyList<WrittenRule>? Rules)
{
    /// <summary>The largest document, in bytes.</summary>
    public const long MaxBytes = 16_000_000;

    /// <summary>The most segments, and the most groups, of one document: as many as may serve.</summary>
    public const int MaxSegments = SegmentWorld.MaxLive;

    /// <summary>The most matching rules of one document.</summary>
    public const int MaxRules = 1_000;

    private static readonly string[] Members = ["segments", "groups", "matchingRules"];

    /// <summary>Reads a document strictly, and as a whole: everything wrong is said, and where, up to <see cref="Problems.MaxErrors"/>.</summary>
    public static (DefinitionDocument? Document, IReadOnlyList<ProblemError> Errors) Parse(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            return (null, [new("", $"A document is a JSON object with {string.Join(", ", Members)}.")]);
        var errors = new List<ProblemError>();
        foreach (var member in body.EnumerateObject().Select(member => member.Name).Except(Members).Take(Problems.MaxErrors))
            errors.Add(new($"/{JsonPointer.Escape(member)}", $"A document has no '{member}'; it has {string.Join(", ", Members)}."));
        var segments = List(body, "segments", MaxSegments, (item, at) => new SegmentReader(at, errors).Read(item, address: null), segment => segment.Key, "/key", errors);
        var groups = List(body, "groups", MaxSegments, (item, at) => new GroupReader(at, errors).Read(item, address: null), group => group.Key, "/key", errors);
        var rules = List(body, "matchingRules", MaxRules, (item, at) => Rule(item, at, errors), rule => rule.EventType, "/eventType", errors);
        return errors.Count == 0 ? (new(segments, groups, rules), []) : (null, errors);
    }

    // Read to the end, also behind something wrong, so that all of it is said at once.
    private static List<T>? List<T>(
        JsonElement body, string name, int max, Func<JsonElement, string, T?> read, Func<T, string> key, string keyPointer, List<ProblemError> errors)
        where T : class
    {
        if (!body.TryGetProperty(name, out var given))
            return null;
        if (given.ValueKind != JsonValueKind.Array)
        {
            errors.Add(new($"/{name}", $"{name} is a list; leave it out to say nothing of them."));
            return null;
        }

        if (given.GetArrayLength() > max)
        {
            errors.Add(new($"/{name}", $"{name} is a list of at most {max}; {given.GetArrayLength()} came."));
            return null;
        }

        var (found, keys) = (new List<T>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var (place, item) in given.EnumerateArray().Index())
        {
            if (errors.Count >= Problems.MaxErrors)
                break;
            if (read(item, $"/{name}/{place}") is not { } one)
                continue;
            if (!keys.Add(key(one)))
                errors.Add(new($"/{name}/{place}{keyPointer}", $"'{key(one)}' stands in the document twice."));
            found.Add(one);
        }

        return found;
    }

    private static WrittenRule? Rule(JsonElement item, string at, List<ProblemError> errors)
    {
        var before = errors.Count;
        var rule = new MatchingRuleReader(at, errors).Read(item, "eventType");
        var type = MatchingRules.Installation;
        if (item.ValueKind == JsonValueKind.Object && item.TryGetProperty("eventType", out var given) && given.ValueKind != JsonValueKind.Null)
        {
            type = given.ValueKind == JsonValueKind.String ? given.GetString()! : "";
            if (EventTypeKey.Error(type) is { } error)
                errors.Add(new($"{at}/eventType", $"{error} The rule of the whole installation has no eventType."));
        }

        return errors.Count == before && rule is not null ? new(type, rule) : null;
    }
}
