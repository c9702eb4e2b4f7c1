namespace EventSegmentation.Segmentation.Segments;

/// <summary>A version that is to be written, as the draft or as one that waits for its build.</summary>
/// <param name="Key">The segment's.</param>
internal sealed record NewVersion(string Key, VersionText Text, bool IsDraft);

/// <summary>What is to be written about segments, however many: it takes one round trip.</summary>
internal sealed class SegmentWrites
{
    /// <summary>Segments that there were not.</summary>
    public List<WrittenSegment> Added { get; } = [];

    /// <summary>Segments that are named and described anew; they are archived no more.</summary>
    public List<(long Id, WrittenSegment Segment)> Described { get; } = [];

    /// <summary>Segments of which something else has changed.</summary>
    public List<long> Touched { get; } = [];

    /// <summary>Segments whose draft ends, if they have one.</summary>
    public List<long> EndedDrafts { get; } = [];

    /// <summary>The next versions, one a segment.</summary>
    public List<NewVersion> Versions { get; } = [];
}

/// <summary>The ids of what was written, by the keys of the segments.</summary>
internal sealed record WrittenIds(IReadOnlyDictionary<string, long> Segments, IReadOnlyDictionary<string, long> Versions);
