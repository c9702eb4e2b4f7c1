using EventSegmentation.Evaluation.Conditions;
using EventSegmentation.Segmentation.EventTypes;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>Something about a segment that is hardly meant.</summary>
/// <param name="Kind"><c>empty</c>, <c>stale</c>, <c>neverTrue</c>, <c>duplicated</c>, <c>overlapping</c>, <c>tooComplex</c>, <c>switchedOffType</c> or <c>suspended</c>.</param>
/// <param name="Text">What was found.</param>
/// <param name="Advice">What to do.</param>
/// <param name="With">The key of the other segment that it is about; null if it is about this one alone.</param>
internal sealed record AuditFinding(string Kind, string Text, string Advice, string? With = null);

/// <summary>Finds what is hardly meant. Pure.</summary>
internal static class AuditFindings
{
    /// <summary>A segment that nobody entered or left for so many days is stale.</summary>
    public const int StaleDays = 30;

    /// <summary>Two segments overlap strongly from this share of common members on.</summary>
    public const double StrongShare = 0.9;

    /// <summary>A condition of more leaves is too complex to be read.</summary>
    public const int ReadableLeaves = 30;

    /// <summary>A condition of more levels is too complex to be read.</summary>
    public const int ReadableDepth = 5;

    private const string EmptyListAdvice = "Put contacts on the list, and archive the segment if it is not needed.";

    /// <param name="segment">The segment.</param>
    /// <param name="size">Its members.</param>
    /// <param name="lastChange">The last entry or exit; null if there was none.</param>
    /// <param name="twins">The keys of other segments with the same definition.</param>
    /// <param name="pairs">The pairs that have the segment in them.</param>
    /// <param name="types">The event types that are known.</param>
    public static IEnumerable<AuditFinding> Of(
        ServingSegment segment, long size, DateTimeOffset? lastChange, IReadOnlyCollection<string> twins, IEnumerable<SegmentPair> pairs,
        IReadOnlyDictionary<string, KnownType> types, DateTimeOffset now)
    {
        if (segment.Suspension is { } reason)
            yield return new("suspended", $"The segment is suspended: {reason}", $"Correct the condition, or mend what was wrong and resume it: POST /api/segments/{segment.Key}/resume.");
        if (segment.Definition?.Foregone == false)
            yield return new("neverTrue", "The condition can never hold.", "Look for parts that exclude each other, and correct or archive the segment.");
        else if (size == 0)
            yield return new("empty", "Nobody is in the segment.", segment.Definition is null ? EmptyListAdvice : "Preview the condition at an earlier instant, look at event types and values, and archive the segment if it is not needed.");
        var quiet = now - Later(lastChange, segment.LiveSince);
        if (quiet >= TimeSpan.FromDays(StaleDays))
            yield return new("stale", $"Nobody entered or left for {(int)quiet.TotalDays} days.", "See whether anybody still uses the segment; if not, archive it.");
        foreach (var twin in twins)
            yield return new("duplicated", $"'{twin}' has the same condition and zone.", "Keep one of the two, and let others refer to it by inSegment.", twin);
        foreach (var pair in pairs.Where(pair => pair.Share >= StrongShare))
        {
            var other = pair.One == segment.Key ? pair.Other : pair.One;
            if (!twins.Contains(other))
            {
                yield return new(
                    "overlapping", $"{pair.Both} of all {pair.OneSize + pair.OtherSize - pair.Both} who are in this segment or in '{other}' are in both.",
                    "Use one for both purposes, or put both into an exclusive group.", other);
            }
        }

        foreach (var finding in OfText(segment, types))
            yield return finding;
    }

    private static IEnumerable<AuditFinding> OfText(ServingSegment segment, IReadOnlyDictionary<string, KnownType> types)
    {
        if (segment.Definition is not { } definition)
            yield break;
        var leaves = definition.Condition.Leaves().Count();
        if (leaves > ReadableLeaves || definition.Depth > ReadableDepth)
        {
            yield return new(
                "tooComplex", $"The condition has {leaves} leaves on {definition.Depth} levels; up to {ReadableLeaves} on {ReadableDepth} can be read.",
                "Make segments of its parts, and refer to them by inSegment.");
        }

        foreach (var type in definition.EventTypes.Order(StringComparer.Ordinal))
        {
            if (!types.TryGetValue(type, out var known))
                yield return new("switchedOffType", $"No event of type '{type}' was seen yet.", $"Correct the name, or send such events and switch the type on: PUT /api/event-types/{type}/segmentation.");
            else if (!known.IsOn)
                yield return new("switchedOffType", $"The event type '{type}' is not used for segmentation: none of its new events counts.", $"Switch it on: PUT /api/event-types/{type}/segmentation.");
        }
    }

    private static DateTimeOffset Later(DateTimeOffset? one, DateTimeOffset other) => one > other ? one.Value : other;
}
