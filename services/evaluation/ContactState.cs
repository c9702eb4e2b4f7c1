using System.Buffers;
using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Engine;

namespace EventSegmentation.Evaluation;

/// <summary>
/// What is kept of one contact so that its memberships follow each event and the clock without its history. It
/// belongs to the plan it was made or read for, and to one thread at a time.
/// </summary>
public sealed partial class ContactState
{
    private readonly List<Slot> _slots = [];
    private readonly List<ContactEvent> _ahead = [];
    private readonly Bits _holds;
    private readonly Bits _members;
    private readonly Bits _stirred;
    private readonly Bits _reached;
    private long _asOf;
    private long _nextDue = Micros.Never;
    private bool _isDueKnown;

    // From this instant on, events ahead are missing that were too many to be written.
    private long _aheadLostFrom = Micros.Never;

    private ContactState(Plan plan, long asOf, long epoch)
    {
        Plan = plan;
        _asOf = asOf;
        Epoch = epoch;
        _holds = new Bits(plan.LeafCount);
        _holds.CopyFrom(plan.Defaults);
        _members = new Bits(plan.SegmentCount);
        _stirred = new Bits(plan.SegmentCount);
        _reached = new Bits(plan.LeafCount);
    }

    /// <summary>The state covers every segment of the plan up to this epoch; those above wait for <see cref="Evaluator.Complete"/>.</summary>
    public long Epoch { get; private set; }

    /// <summary>The last instant that was evaluated.</summary>
    public DateTimeOffset AsOf => Micros.ToTime(_asOf);

    /// <summary>The earliest instant after <see cref="AsOf"/> at which time alone could change an answer; null if none could.</summary>
    public DateTimeOffset? Due => Micros.ToTimeOrNull(NextDue());

    /// <summary>The segments the contact is in, by id.</summary>
    public IEnumerable<long> Memberships
    {
        get
        {
            for (var i = _members.Next(0); i >= 0; i = _members.Next(i + 1))
                yield return Plan.Segment(i).Id;
        }
    }

    internal Plan Plan { get; }

    /// <summary>A contact at its creation: the verdicts of all segments at that instant, its entries reported.</summary>
    /// <param name="plan">The segments to keep.</param>
    /// <param name="facts">What is known of the contact.</param>
    /// <param name="asOf">The instant.</param>
    /// <param name="changes">Where the entries go.</param>
    public static ContactState New(Plan plan, ContactFacts facts, DateTimeOffset asOf, List<Change> changes)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(changes);
        return New(plan, facts, Micros.Of(asOf), changes);
    }

    internal static ContactState New(Plan plan, ContactFacts facts, long asOf, List<Change> changes)
    {
        var state = new ContactState(plan, asOf, plan.Epoch);
        state.Learn(facts);
        for (var i = 0; i < plan.SegmentCount; i++)
            state._stirred[i] = true;
        state.Settle(changes, byClock: false);
        return state;
    }

    /// <summary>Whether the contact is in the segment; false for a segment the plan does not have.</summary>
    public bool IsMember(long segmentId) => Plan.SegmentOf(segmentId) is >= 0 and var index && _members[index];

    /// <summary>
    /// Whether moving on needs the history, because something was too large to be written. Then
    /// <see cref="Evaluator.Complete"/> comes first; without it, <see cref="Evaluator"/> throws.
    /// </summary>
    /// <param name="at">The instant to move to.</param>
    /// <param name="eventType">The type of the event that is to be taken in; null if there is none.</param>
    /// <param name="facts">Whether facts are to be taken in.</param>
    public bool NeedsHistory(DateTimeOffset at, string? eventType = null, bool facts = false)
    {
        var instant = Micros.Of(at);
        if (_aheadLostFrom <= instant)
            return true;

        // An event whose time comes on the way may be one for what was lost.
        var isAheadDue = _ahead.Count > 0 && Micros.Of(_ahead[0].OccurredAt) <= instant;
        return _slots.Exists(slot => slot.Tally is LostTally
            && (isAheadDue
                || slot.Due <= instant
                || (eventType is not null && Plan.LeavesOf(eventType).Contains(slot.Leaf))
                || (facts && Plan.Leaf(slot.Leaf).Learns)));
    }

    private sealed class Slot(int leaf, Tally tally)
    {
        public int Leaf { get; } = leaf;

        public Tally Tally { get; set; } = tally;

        public long Due { get; set; } = Micros.Never;
    }
}
