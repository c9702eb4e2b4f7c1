using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Segments.Groups;

namespace EventSegmentation.Segmentation.Segments.AsCode;

/// <summary>All that administrators define, in a form that can be kept and applied: in the order of keys, and without what moves by itself.</summary>
internal sealed record DocumentView(IReadOnlyList<SegmentText> Segments, IReadOnlyList<WrittenGroup> Groups, IReadOnlyList<RuleText> MatchingRules)
{
    /// <summary>Shows a document all of whose lists are there, in their order.</summary>
    public static DocumentView Of(DefinitionDocument document) => new(
        [.. document.Segments!.Select(SegmentText.Of)],
        document.Groups!,
        [.. document.Rules!.Select(rule => new RuleText(
            rule.EventType == Contacts.MatchingRules.Installation ? null : rule.EventType, rule.Rule.On, rule.Rule.ContactField, rule.Rule.Parameter))]);

    /// <summary>The ETag of the document, with its quotes: it differs exactly where what is shown does.</summary>
    public string Tag() => $"\"{Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this, ApiJson.Answers.DocumentView)))}\"";
}

/// <summary>A segment as it is written.</summary>
/// <param name="Condition">Left out for a static segment.</param>
internal sealed record SegmentText(
    string Key, string Name, string Purpose, IReadOnlyList<string> Tags, string Kind, string TimeZone,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Condition)
{
    public static SegmentText Of(WrittenSegment segment)
    {
        using var condition = segment.Text.Condition is { } text ? JsonDocument.Parse(text) : null;
        return new(
            segment.Key, segment.Name, segment.Purpose, segment.Tags, segment.IsStatic ? SegmentReader.Static : SegmentReader.Dynamic,
            segment.Text.TimeZone, condition?.RootElement.Clone());
    }
}

/// <summary>A matching rule as it is written.</summary>
/// <param name="EventType">Left out for the rule of the whole installation.</param>
internal sealed record RuleText(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? EventType, bool On, string ContactField, string Parameter);

/// <summary>What a document changes, or has changed.</summary>
/// <param name="BuildId">The build of all that must be built; null if nothing must be, and where it was only asked for.</param>
internal sealed record DocumentAnswer(IReadOnlyList<DefinitionChange> Changes, long? BuildId);
