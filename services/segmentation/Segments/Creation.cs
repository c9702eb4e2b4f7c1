using EventSegmentation.Segmentation.Builds;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>What became of a new segment.</summary>
internal abstract record Creation
{
    public sealed record Created : Creation;

    public sealed record KeyTaken : Creation;

    /// <summary>The segments could not serve with it.</summary>
    public sealed record Refused(IReadOnlyList<WorldProblem> Problems) : Creation;
}

/// <summary>What became of a segment that was to be deleted.</summary>
internal abstract record Deletion
{
    public sealed record Deleted : Deletion;

    public sealed record Unknown : Deletion;

    /// <summary>The segments could not serve without it.</summary>
    public sealed record Refused(IReadOnlyList<WorldProblem> Problems) : Deletion;
}
