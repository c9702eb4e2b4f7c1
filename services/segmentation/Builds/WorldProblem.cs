namespace EventSegmentation.Segmentation.Builds;

/// <summary>What keeps a world of segments from serving.</summary>
internal abstract record WorldProblem
{
    private const string Idle = "which does not serve: it is a draft, or archived. Publish it first.";

    /// <summary>More segments than <see cref="SegmentWorld.MaxLive"/>.</summary>
    public sealed record TooMany(int Count) : WorldProblem;

    /// <summary>A segment refers to one that there is not, or that does not serve.</summary>
    /// <param name="Segment">Whose definition it is.</param>
    /// <param name="Nearest">What may have been meant; null if nothing is near.</param>
    /// <param name="IsIdle">True if there is one of the key, but as a draft or archived.</param>
    public sealed record UnknownSegment(string Segment, string Key, string? Nearest, bool IsIdle = false) : WorldProblem;

    /// <summary>Segments refer to each other; in a group each refers to those before it.</summary>
    /// <param name="Path">From segment to segment, the first repeated at the end.</param>
    public sealed record Circle(IReadOnlyList<string> Path) : WorldProblem;

    /// <summary>A group names a segment that there is not, or that does not serve.</summary>
    /// <param name="Nearest">What may have been meant; null if nothing is near.</param>
    /// <param name="IsIdle">True if there is one of the key, but as a draft or archived.</param>
    public sealed record UnknownInGroup(string Group, string Key, string? Nearest, bool IsIdle = false) : WorldProblem;

    /// <summary>A segment stands in two groups, or twice in one.</summary>
    public sealed record InTwoGroups(string Key, string Group, string Other) : WorldProblem;

    /// <summary>More segments in a group than <see cref="SegmentWorld.MaxGroup"/>.</summary>
    public sealed record GroupTooLarge(string Group, int Count) : WorldProblem;

    /// <summary>The problem in plain English, with what to do where that is not plain.</summary>
    public string Detail => this switch
    {
        TooMany many => $"{many.Count} segments would be live; {SegmentWorld.MaxLive} is the most. Archive some first.",
        UnknownSegment { IsIdle: true } idle => $"'{idle.Segment}' refers to the segment '{idle.Key}', {Idle}",
        UnknownSegment unknown => $"'{unknown.Segment}' refers to the segment '{unknown.Key}', which there is not{Hint(unknown.Nearest)}",
        Circle circle => $"Segments may not refer to each other in a circle: {string.Join(" → ", circle.Path)}.",
        UnknownInGroup { IsIdle: true } idle => $"The group '{idle.Group}' has the segment '{idle.Key}', {Idle}",
        UnknownInGroup unknown => $"The group '{unknown.Group}' has the segment '{unknown.Key}', which there is not{Hint(unknown.Nearest)}",
        InTwoGroups { Group: var group, Other: var other } twice when group == other => $"'{twice.Key}' stands twice in the group '{group}'.",
        InTwoGroups two => $"'{two.Key}' stands in the groups '{two.Group}' and '{two.Other}'; a segment has one place.",
        GroupTooLarge large => $"The group '{large.Group}' has {large.Count} segments; {SegmentWorld.MaxGroup} is the most.",
        _ => throw new InvalidOperationException($"{GetType().Name} is no problem of a world."),
    };

    private static string Hint(string? nearest) => nearest is null ? "." : $"; did you mean '{nearest}'?";
}
