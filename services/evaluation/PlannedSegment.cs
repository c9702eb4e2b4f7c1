namespace EventSegmentation.Evaluation;

/// <summary>A version of a segment that is to be kept up to date.</summary>
/// <param name="Id">The identity by which memberships and changes name it; not negative.</param>
/// <param name="Epoch">A number from 1 that rises with every definition ever put live or into building.</param>
/// <param name="Definition">What decides on membership.</param>
/// <param name="Key">The segment's key, under which <c>inSegment</c> finds it: one that serves and one that is next may have the same. Null for one that cannot be referred to.</param>
/// <param name="IsNext">
/// False if it serves; true if it is being built to serve next. Those that serve refer to each other only. Those that are next
/// refer to each other first, and otherwise to those that serve, which are the ones that stay: one that serves, refers to a
/// key of which there is a next one, and is referred to by a next one must have a next one itself.
/// </param>
public sealed record PlannedSegment(long Id, long Epoch, Definition Definition, string? Key = null, bool IsNext = false);
