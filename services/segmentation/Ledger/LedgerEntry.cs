using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Ledger;

/// <summary>A transition as the ledger keeps it, without personal data.</summary>
/// <param name="Number">Rises by one with each transition of the contact, from 1.</param>
/// <param name="TraceParent">The trace of the event that caused it; null for the clock.</param>
internal sealed record LedgerEntry(
    long ContactId,
    long Number,
    long SegmentId,
    int Version,
    bool Entered,
    DateTimeOffset At,
    string Cause,
    string? CauseEventId,
    Guid? ChangeId,
    string? TraceParent)
{
    /// <summary>
    /// The identity of the transition, made from what it says: a redelivery and a replay have the same one, and a
    /// transition that differs after a restored backup has another.
    /// </summary>
    public Guid TransitionId => EventIdentity.Of(FormattableString.Invariant(
        $"transition\0{ContactId}\0{Number}\0{SegmentId}\0{Version}\0{(Entered ? 1 : 0)}\0{At.UtcTicks}"));

    /// <summary>What this exit and the entry into another segment of the group have in common. The swap makes the same id of the same text.</summary>
    public Guid ChangeTo(string group) => EventIdentity.Of(FormattableString.Invariant($"change {ContactId} {Number} {group}"));
}
