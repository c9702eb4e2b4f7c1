namespace EventSegmentation.Segmentation.Segments.Groups;

/// <summary>An exclusive group as the API shows it.</summary>
/// <param name="Segments">The order that serves, the first before the others; none while its first one is built.</param>
/// <param name="Waiting">The order that will serve as soon as it is built, none if the group is to end; null if no change waits.</param>
/// <param name="Revision">Rises with every change that is asked for; the ETag.</param>
internal sealed record GroupView(
    string Key, IReadOnlyList<string> Segments, IReadOnlyList<string>? Waiting, long Revision, DateTimeOffset Changed, string ChangedBy);

/// <summary>What became of a change of a group that was asked for.</summary>
internal abstract record GroupOutcome
{
    /// <summary>It stands as was asked for, or will as soon as it is built.</summary>
    /// <param name="Revision">The revision that it has by this change, which others may have passed already.</param>
    public sealed record Done(long Revision) : GroupOutcome;

    public sealed record Unknown : GroupOutcome;

    /// <summary>It has been changed since the caller read it.</summary>
    /// <param name="Revision">The present one.</param>
    public sealed record Changed(long Revision) : GroupOutcome;

    /// <summary>There is no such segment.</summary>
    /// <param name="Place">Where it stands in the group, from 0.</param>
    public sealed record UnknownSegment(string Key, int Place) : GroupOutcome;

    /// <summary>The segments could not serve with the change.</summary>
    /// <param name="Problems">At least one.</param>
    public sealed record Refused(IReadOnlyList<Builds.WorldProblem> Problems) : GroupOutcome;
}
