using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Contacts.Editing;

/// <summary>What became of a change of a card.</summary>
internal abstract record EditOutcome
{
    /// <summary>It was done.</summary>
    /// <param name="Sequence">The sequence of its fact; null if everything stood already as it was asked for.</param>
    public sealed record Done(long? Sequence) : EditOutcome;

    public sealed record Unknown : EditOutcome;

    public sealed record Erased(DateTimeOffset At) : EditOutcome;

    /// <summary>The contact is merged into another, which stands for both.</summary>
    public sealed record Merged(long Into) : EditOutcome;

    /// <summary>The change itself is wrong.</summary>
    public sealed record Refused(IReadOnlyList<ProblemError> Errors) : EditOutcome;

    /// <summary>It concerns what contacts have that are merged into this one, and that only they can lose.</summary>
    public sealed record Held(IReadOnlyList<ProblemError> Errors) : EditOutcome;

    /// <summary>Identifiers of it belong to other contacts.</summary>
    public sealed record Taken(IReadOnlyList<ProblemError> Errors) : EditOutcome;
}
