namespace EventSegmentation.Evaluation;

/// <summary>A version of a segment that is to be kept up to date.</summary>
/// <param name="Id">The identity by which memberships and changes name it; not negative.</param>
/// <param name="Epoch">A number from 1 that rises with every definition ever put live or into building.</param>
/// <param name="Definition">What decides on membership.</param>
/// <param name="Key">The segment's key, under which <c>inSegment</c> finds it; only the version that serves has it. Null for others.</param>
public sealed record PlannedSegment(long Id, long Epoch, Definition Definition, string? Key = null);
