using System.Text.Json;
using EventSegmentation.Evaluation;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>A segment as the API shows it.</summary>
/// <param name="Kind"><c>dynamic</c> or <c>static</c>.</param>
/// <param name="Condition">Of the version that is shown; null for a static segment.</param>
/// <param name="State"><c>draft</c> until it is published, <c>building</c> until its first version is live, then <c>live</c>; <c>suspended</c> while it serves but cannot be evaluated; <c>archived</c> from when it is deleted.</param>
/// <param name="Version">The version that is shown: the live one, or the one that is being built, or the draft.</param>
/// <param name="Revision">Rises with every change of what is written; the ETag.</param>
/// <param name="Group">The exclusive group in which it serves; null if in none.</param>
/// <param name="Size">Members now.</param>
/// <param name="Sentence">The condition in plain English.</param>
/// <param name="Draft">The version that waits for being published; null if none does.</param>
/// <param name="Build">The change that waits or is being built; null if none is.</param>
/// <param name="Suspension">Why it is suspended; null if it is not.</param>
internal sealed record SegmentView(
    string Key, string Kind, string Name, string Purpose, IReadOnlyList<string> Tags, string TimeZone, JsonElement? Condition,
    string State, int Version, long Revision, string? Group, long Size, string Sentence, IReadOnlyList<string> Warnings,
    DateTimeOffset Created, string CreatedBy, DateTimeOffset Changed, string ChangedBy, DraftView? Draft, SegmentBuildView? Build, SuspensionView? Suspension);

/// <summary>Why a segment is not evaluated: its members stay as they were.</summary>
internal sealed record SuspensionView(DateTimeOffset Since, string Reason);

/// <summary>A version that waits for being published.</summary>
internal sealed record DraftView(int Version, string TimeZone, JsonElement? Condition, string Sentence, IReadOnlyList<string> Warnings, DateTimeOffset Created, string CreatedBy);

/// <summary>A change of a segment on its way to being live.</summary>
/// <param name="Version">The version that is to serve; null if the segment is to end.</param>
/// <param name="State"><c>waiting</c> or <c>running</c>.</param>
/// <param name="Built">Contacts that are done.</param>
/// <param name="ToBuild">Contacts that there were when it began.</param>
internal sealed record SegmentBuildView(
    long Id, int? Version, string State, long Built, long ToBuild, DateTimeOffset Requested, string RequestedBy, bool Silent);

/// <summary>A version of a segment as the API shows it.</summary>
/// <param name="State"><c>draft</c>, <c>waiting</c>, <c>building</c>, <c>live</c>, <c>retired</c>, or <c>cancelled</c> if it never was live and will not be.</param>
/// <param name="Differences">How it differs from the version before, each difference in one sentence; none for the first.</param>
internal sealed record VersionView(
    int Version, string State, JsonElement? Condition, string TimeZone, string Sentence, DateTimeOffset Created, string CreatedBy,
    DateTimeOffset? LiveSince, DateTimeOffset? LiveUntil, IReadOnlyList<string> Differences);

/// <summary>A version's text made ready to be shown, read once.</summary>
/// <param name="Definition">Null if the stored condition is not understood any more.</param>
internal sealed record ShownText(JsonElement? Condition, string Sentence, IReadOnlyList<string> Warnings, Definition? Definition)
{
    /// <param name="key">The key of the segment.</param>
    /// <param name="condition">JSON as it is stored; null for a static segment.</param>
    public static ShownText Of(string key, string? condition, string timeZone)
    {
        if (condition is null)
            return new(null, Definition.Listed(key).Sentence, [], Definition.Listed(key));
        using var document = JsonDocument.Parse(condition);
        var parsed = Definition.Parse(document.RootElement, timeZone);
        return new(document.RootElement.Clone(), parsed.Definition?.Sentence ?? "", parsed.Warnings, parsed.Definition);
    }
}
