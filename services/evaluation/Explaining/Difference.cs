namespace EventSegmentation.Evaluation.Explaining;

/// <summary>One thing in which a version of a definition differs from another.</summary>
/// <param name="Kind">What has happened to it.</param>
/// <param name="Text">The difference in one plain sentence.</param>
/// <param name="Before">What the node said before, as a sentence; null if it was not there.</param>
/// <param name="After">What it says now; null if it is not there any more.</param>
public sealed record Difference(DifferenceKind Kind, string Text, string? Before, string? After);

/// <summary>What has happened to a part of a definition.</summary>
public enum DifferenceKind
{
    /// <summary>It was not there before.</summary>
    Added,

    /// <summary>It is not there any more.</summary>
    Removed,

    /// <summary>It says something else.</summary>
    Changed,
}
