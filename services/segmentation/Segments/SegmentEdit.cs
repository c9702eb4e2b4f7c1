namespace EventSegmentation.Segmentation.Segments;

/// <summary>A version that is there.</summary>
internal sealed record StandingVersion(long Id, VersionText Text);

/// <summary>What a segment has, as an edit finds it.</summary>
/// <param name="Serving">What serves, or will as soon as it is built; null for a draft and for an archived segment.</param>
/// <param name="Draft">What waits for being published; null if nothing does.</param>
internal sealed record SegmentStanding(StandingVersion? Serving, StandingVersion? Draft)
{
    public static SegmentStanding None { get; } = new(null, null);
}

/// <summary>What an edit does to the versions of a segment.</summary>
internal abstract record VersionStep
{
    /// <summary>What is asked for is there already.</summary>
    public sealed record Nothing : VersionStep;

    /// <summary>The text becomes the next version, and is built.</summary>
    public sealed record Build : VersionStep;

    /// <summary>The draft says the same already: it is what is built.</summary>
    public sealed record BuildDraft(StandingVersion Version) : VersionStep;

    /// <summary>The text becomes the next version, and waits as the draft.</summary>
    public sealed record Keep : VersionStep;
}

/// <summary>Decides what an edit of a segment does. A text that means the same as another one makes no version.</summary>
internal static class SegmentEdit
{
    /// <summary>The step, and whether the present draft ends by it.</summary>
    /// <param name="isDraft">True if the text is only to be kept: what serves stays as it is.</param>
    public static (VersionStep Step, bool EndsDraft) Decide(SegmentStanding standing, VersionText text, bool isDraft)
    {
        var isServing = standing.Serving?.Text.Means(text) == true;
        var isDrafted = standing.Draft?.Text.Means(text) == true;

        // A draft of what serves is none.
        if (isDraft)
            return isServing ? (new VersionStep.Nothing(), true) : isDrafted ? (new VersionStep.Nothing(), false) : (new VersionStep.Keep(), true);
        if (isServing)
            return (new VersionStep.Nothing(), false);
        if (isDrafted)
            return (new VersionStep.BuildDraft(standing.Draft!), false);

        // A draft beside what serves is other work and stays; without anything that serves it is what is being replaced.
        return (new VersionStep.Build(), standing.Serving is null);
    }
}
