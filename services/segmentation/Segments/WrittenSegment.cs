using EventSegmentation.Evaluation;
using EventSegmentation.Evaluation.Explaining;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>A segment as an administrator writes it, checked by itself; not yet among the others.</summary>
/// <param name="Key">Its name for ever, among all segments.</param>
/// <param name="IsStatic">True for a list that is filled by calls; it has no condition.</param>
/// <param name="Text">What a version of it keeps.</param>
/// <param name="Warnings">What is right but hardly meant.</param>
internal sealed record WrittenSegment(
    string Key, string Name, string Purpose, IReadOnlyList<string> Tags, bool IsStatic, VersionText Text, IReadOnlyList<string> Warnings)
{
    /// <summary>The most segments that are kept, drafts and archived ones included: a key is never given back.</summary>
    public const int MaxSegments = 10_000;

    public const int MaxKeyLength = 64;
    public const int MaxNameLength = 200;
    public const int MaxPurposeLength = 2_000;
    public const int MaxTags = 20;
    public const int MaxTagLength = 50;
}

/// <summary>What a version of a segment says.</summary>
/// <param name="TimeZone">The IANA name of the zone in which its days begin.</param>
/// <param name="Condition">The condition in its JSON form; null for a static segment.</param>
/// <param name="Definition">The same, read; null for a static segment, and for a stored one that is not understood any more.</param>
internal sealed record VersionText(string TimeZone, string? Condition, Definition? Definition)
{
    /// <summary>The most versions of a segment, cancelled ones and drafts included: the ledger names them by number, so none is given back.</summary>
    public const int MaxVersions = 10_000;

    /// <summary>True if nothing would change for anybody: the same conditions, groups in any order, in the same zone.</summary>
    public bool Means(VersionText other) => DifferencesTo(other).Count == 0;

    /// <summary>How a later text differs from this one, each difference in one sentence.</summary>
    public IReadOnlyList<string> DifferencesTo(VersionText later) => (Definition, later.Definition) switch
    {
        ({ } before, { } after) => [.. Differences.Between(before, after).Select(difference => difference.Text)],
        _ when Condition != later.Condition => ["The condition cannot be compared: one of the two is not understood any more."],
        _ when TimeZone != later.TimeZone => [$"Days begin in {later.TimeZone} now, in {TimeZone} before."],
        _ => [],
    };
}
