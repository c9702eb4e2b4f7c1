namespace EventSegmentation.Segmentation.Builds;

/// <summary>A build as the API shows it.</summary>
/// <param name="State"><c>waiting</c>, <c>running</c>, <c>done</c>, <c>cancelled</c> or <c>failed</c>.</param>
/// <param name="Built">Contacts that are done; those that run at one time are built together, and share the figure.</param>
/// <param name="ToBuild">Contacts that there were when it began.</param>
/// <param name="Silent">True if nobody is told of the difference.</param>
/// <param name="Reason">Why it failed; null if it did not.</param>
internal sealed record BuildView(
    long Id, string State, DateTimeOffset Requested, string RequestedBy, bool Silent, DateTimeOffset? Started, DateTimeOffset? Ended,
    long Built, long ToBuild, IReadOnlyList<BuiltSegment> Segments, IReadOnlyList<BuiltGroup> Groups, string? Reason);

/// <summary>What is to become of a segment.</summary>
/// <param name="Version">The version that is to serve; null if the segment is to end.</param>
internal sealed record BuiltSegment(string Key, int? Version);

/// <summary>What is to become of an exclusive group.</summary>
/// <param name="Segments">Its segments, the first before the others; none if the group is to end.</param>
internal sealed record BuiltGroup(string Key, IReadOnlyList<string> Segments);
