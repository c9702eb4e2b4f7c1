namespace EventSegmentation.Segmentation.Builds;

/// <summary>What is to become of a segment.</summary>
/// <param name="VersionId">The version that is to serve; null ends the segment.</param>
internal sealed record SegmentChange(long SegmentId, long? VersionId);

/// <summary>What is to become of an exclusive group.</summary>
/// <param name="SegmentIds">Its segments, highest first; none ends the group.</param>
internal sealed record GroupChange(string Key, IReadOnlyList<long> SegmentIds);

/// <summary>What became of a change that was asked for.</summary>
internal abstract record BuildRequest
{
    /// <summary>It waits to be built.</summary>
    /// <param name="BuildId">Null if nothing needs to be built, as when a segment ends that never was live.</param>
    public sealed record Accepted(long? BuildId) : BuildRequest;

    /// <summary>The world with it could not serve; the caller's transaction is to be rolled back.</summary>
    /// <param name="Problems">At least one.</param>
    public sealed record Refused(IReadOnlyList<WorldProblem> Problems) : BuildRequest;
}

/// <summary>What became of a build that was to be cancelled.</summary>
internal abstract record Cancellation
{
    public sealed record Cancelled : Cancellation;

    /// <summary>There is none of the number, or it has ended.</summary>
    public sealed record NotPending : Cancellation;

    /// <summary>The build changes others too: whoever means one segment is not to take them all back.</summary>
    /// <param name="Others">How many other segments and groups it changes.</param>
    public sealed record Shared(long Build, long Others) : Cancellation;

    /// <summary>Others that wait could not serve without it; the caller's transaction is to be rolled back.</summary>
    /// <param name="Problems">At least one.</param>
    public sealed record Needed(IReadOnlyList<WorldProblem> Problems) : Cancellation;
}
