namespace EventSegmentation.Segmentation.Segments.Lists;

/// <summary>How an upload ended.</summary>
/// <param name="Begun">Its id; null if it did not begin.</param>
internal abstract record ListImportOutcome(long? Begun)
{
    /// <param name="Sequence">The sequence of the last fact; null if nothing was to be done.</param>
    public sealed record Done(long Import, long? Sequence) : ListImportOutcome(Import);

    /// <summary>It has more than <see cref="ListImporter.MaxLines"/> lines; so many are done.</summary>
    public sealed record TooLong(long Import) : ListImportOutcome(Import);

    /// <summary>It was to replace the list and names no contact at all.</summary>
    public sealed record NamesNobody(long Import) : ListImportOutcome(Import);

    /// <summary>The segment was archived meanwhile: what was done until then is done.</summary>
    public sealed record Archived(long Import) : ListImportOutcome(Import);

    /// <summary>As many uploads run as may at one time.</summary>
    public sealed record Busy() : ListImportOutcome((long?)null);

    /// <summary>Another upload of the same list runs, on whichever replica.</summary>
    public sealed record InUse() : ListImportOutcome((long?)null);
}
