using System.Text.Json;

namespace EventSegmentation.Sample.Services;

/// <summary>The body by which an event type is switched.</summary>
internal sealed record SwitchRequest(bool On);

/// <summary>The body by which a segment is created.</summary>
internal sealed record SegmentRequest(string Key, string Name, string Purpose, IReadOnlyList<string> Tags, JsonElement Condition);
