using System.Text.Json;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>How far a build has come.</summary>
/// <param name="Built">Contacts that are done.</param>
/// <param name="ToBuild">Contacts that there were when it began.</param>
internal sealed record BuildProgress(long Built, long ToBuild);

/// <summary>A segment as the API shows it.</summary>
/// <param name="State"><c>building</c> until its first version is live, then <c>live</c>.</param>
/// <param name="Version">The version that is shown: the live one, or the first while it is built.</param>
/// <param name="Size">Members now.</param>
/// <param name="Sentence">The condition in plain English.</param>
/// <param name="Build">Progress while a version is being built; null otherwise.</param>
internal sealed record SegmentView(
    string Key, string Name, string Purpose, IReadOnlyList<string> Tags, string TimeZone, JsonElement Condition,
    string State, int Version, long Size, string Sentence, IReadOnlyList<string> Warnings, DateTimeOffset Created, BuildProgress? Build);

/// <summary>A member of a segment.</summary>
internal sealed record SegmentMember(string ContactId, DateTimeOffset Since);
