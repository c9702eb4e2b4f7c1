using EventSegmentation.Segmentation.Builds;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>What became of a change of a segment that was asked for.</summary>
internal abstract record SegmentOutcome
{
    /// <summary>It stands as was asked for; what must be built for it waits for that.</summary>
    /// <param name="Revision">The revision that it has by this change, which others may have passed already; 0 until it is written.</param>
    public sealed record Done(long Revision = 0) : SegmentOutcome;

    /// <summary>There is no segment of the key.</summary>
    public sealed record Unknown : SegmentOutcome;

    /// <summary>There is one of the key already.</summary>
    public sealed record KeyTaken : SegmentOutcome;

    /// <summary>It has been changed since the caller read it.</summary>
    /// <param name="Revision">The present one.</param>
    public sealed record Changed(long Revision) : SegmentOutcome;

    /// <summary>It is of another kind, and stays so.</summary>
    public sealed record OtherKind(bool IsStatic) : SegmentOutcome;

    /// <summary>There are as many segments as may be kept: <see cref="WrittenSegment.MaxSegments"/>.</summary>
    public sealed record TooManySegments : SegmentOutcome;

    /// <summary>It has as many versions as it may: <see cref="VersionText.MaxVersions"/>.</summary>
    public sealed record TooManyVersions : SegmentOutcome;

    /// <summary>It has no draft, and is not archived either.</summary>
    public sealed record NothingToPublish : SegmentOutcome;

    /// <summary>It is not suspended, or what takes its place is on its way already.</summary>
    public sealed record NotSuspended : SegmentOutcome;

    /// <summary>What is stored of it is not understood; only another version can take its place.</summary>
    public sealed record NotUnderstood : SegmentOutcome;

    /// <summary>The segments could not serve with the change.</summary>
    /// <param name="Problems">At least one.</param>
    public sealed record Refused(IReadOnlyList<WorldProblem> Problems) : SegmentOutcome;
}
