namespace EventSegmentation.Segmentation.Contacts.Erasure;

/// <summary>What became of an erasure.</summary>
internal abstract record ErasureOutcome
{
    /// <param name="Sequence">The sequence of the last fact of it.</param>
    public sealed record Done(long Sequence) : ErasureOutcome;

    public sealed record Unknown : ErasureOutcome;

    /// <summary>It was erased before.</summary>
    public sealed record Erased(DateTimeOffset At) : ErasureOutcome;

    /// <summary>The contact is merged into another, which stands for both.</summary>
    public sealed record Merged(long Into) : ErasureOutcome;
}
