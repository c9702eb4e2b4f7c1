using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>A version of a segment as it is kept up to date.</summary>
/// <param name="Id">The id of the edition, which is also its epoch.</param>
/// <param name="Group">The exclusive group in which it serves, or null.</param>
/// <param name="IsLive">False while it is being built: its memberships are kept, but nobody is told.</param>
internal sealed record ActiveEdition(long Id, long SegmentId, string SegmentKey, int Version, string? Group, bool IsLive);

/// <summary>Everything that is to be evaluated, as of one set of editions.</summary>
/// <param name="Version">Rises with every change of that set.</param>
/// <param name="IsWaiting">True if there are changes to start when nothing runs.</param>
/// <param name="IsBuilding">True if something is being built, or waits to be swapped.</param>
/// <param name="Swap">The last swap.</param>
/// <param name="Suspended">How many editions serve without being evaluated, because they cannot be.</param>
/// <param name="Faults">Those of which that was found out by making this plan ready, and is not stored yet; they are evaluated no more than those.</param>
internal sealed record ActivePlan(
    long Version, Plan Plan, IReadOnlyDictionary<long, ActiveEdition> Editions, bool IsWaiting, bool IsBuilding, LastSwap Swap,
    int Suspended, IReadOnlyCollection<EditionFault> Faults);

/// <summary>The last swap, after which nothing happens at an earlier instant.</summary>
/// <param name="Sequence">As far as the streams had been followed.</param>
internal readonly record struct LastSwap(DateTimeOffset At, long Sequence)
{
    /// <summary>
    /// When a fact is taken in. One that was recorded before the swap and could be read only after it is taken in at the swap:
    /// else a contact's transitions would go back in time, to before the version that they are of.
    /// </summary>
    public DateTimeOffset InstantOf(StoredEvent stored) => stored.Sequence > Sequence && stored.RecordedAt < At ? At : stored.RecordedAt;
}
