namespace EventSegmentation.Segmentation.Segments;

/// <summary>What became of a new segment.</summary>
internal abstract record Creation
{
    public sealed record Created : Creation;

    public sealed record KeyTaken : Creation;

    public sealed record TooMany : Creation;

    /// <summary>It refers to a segment that there is not.</summary>
    /// <param name="Nearest">What may have been meant; null if nothing is near.</param>
    public sealed record UnknownSegment(string Key, string? Nearest) : Creation;

    /// <summary>It would refer to itself.</summary>
    /// <param name="Path">From segment to segment, the first repeated at the end.</param>
    public sealed record Circle(IReadOnlyList<string> Path) : Creation;
}

/// <summary>What became of a segment that was to be deleted.</summary>
internal abstract record Deletion
{
    public sealed record Deleted : Deletion;

    public sealed record Unknown : Deletion;

    /// <summary>Others refer to it, so it stays.</summary>
    public sealed record ReferredTo(IReadOnlyList<string> Keys) : Deletion;
}
