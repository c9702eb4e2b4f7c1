using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Engine;

namespace EventSegmentation.Evaluation;

// How a state gets what it lacks: leaves of later epochs, and what was too large to be written.
public sealed partial class ContactState
{
    /// <summary>A contact at an instant, made of its whole history at once: memberships are set without changes.</summary>
    internal static ContactState Built(Plan plan, ContactFacts facts, IEnumerable<ContactEvent> history, long asOf)
    {
        var state = new ContactState(plan, asOf, epoch: 0);
        state.Complete(facts, history);
        return state;
    }

    /// <summary>Whether time alone could change one of these leaves after the current instant.</summary>
    internal bool HasDue(Bits leaves) =>
        _ahead.Count > 0 || _slots.Exists(slot => slot.Due != Micros.Never && leaves[slot.Leaf]);

    /// <summary>
    /// A contact in the middle of its life: the state that its whole history gives at an instant, without changes. For
    /// a contact whose history became another one at once, such as by a merge.
    /// </summary>
    /// <param name="plan">The segments to keep.</param>
    /// <param name="facts">All facts as they are now.</param>
    /// <param name="history">All events recorded of the contact so far, each once, in any order.</param>
    /// <param name="asOf">The instant.</param>
    /// <param name="members">The segments that the contact was in, by id: it stays in those that are suspended. Null if it was in none.</param>
    public static ContactState Of(Plan plan, ContactFacts facts, IEnumerable<ContactEvent> history, DateTimeOffset asOf, IEnumerable<long>? members = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(history);
        var state = new ContactState(plan, Micros.Of(asOf), epoch: 0);
        foreach (var segment in members ?? [])
            if (plan.SegmentOf(segment) is >= 0 and var index && plan.Segment(index).Definition.IsSuspended)
                state._members[index] = true;
        state.Complete(facts, history);
        return state;
    }

    /// <summary>
    /// Whether <see cref="Evaluator.Complete(Plan, ContactState, ContactFacts, IEnumerable{ContactEvent})"/> must be given the
    /// history for the state to cover the plan. Otherwise all that the later epochs ask for is kept already, and
    /// <see cref="Evaluator.Complete(Plan, ContactState)"/> does without. What was too large to be written is <see cref="NeedsHistory"/>'s business.
    /// </summary>
    public bool NeedsHistoryToComplete
    {
        get
        {
            for (var leaf = 0; leaf < Plan.LeafCount; leaf++)
                if (Plan.LeafEpoch(leaf) > Epoch)
                    return true;
            return false;
        }
    }

    /// <summary>
    /// The types of the events that the history must have for
    /// <see cref="Evaluator.Complete(Plan, ContactState, ContactFacts, IEnumerable{ContactEvent})"/>; null if it must have all. Others do no harm.
    /// </summary>
    public IReadOnlyCollection<string>? TypesToComplete =>
        _aheadLostFrom != Micros.Never || _slots.Exists(slot => slot.Tally is LostTally) ? null : Plan.TypesSince(Epoch);

    /// <summary>Takes over the later epochs, all of whose leaves are kept already.</summary>
    internal void Complete()
    {
        if (NeedsHistoryToComplete)
            throw Lost();
        var built = Epoch;
        Epoch = Math.Max(Epoch, Plan.Epoch);
        Adopt(built);
    }

    /// <summary>
    /// Builds all that came with later epochs, and all that was too large to be written, from the history, as of the
    /// current instant and without changes.
    /// </summary>
    internal void Complete(ContactFacts facts, IEnumerable<ContactEvent> history)
    {
        var built = Epoch;
        Epoch = Plan.Epoch;
        _aheadLostFrom = Micros.Never;
        var tallies = new Tally?[Plan.LeafCount];
        var isMissing = new Bits(Plan.LeafCount);
        for (var leaf = 0; leaf < tallies.Length; leaf++)
            if (Plan.LeafEpoch(leaf) > built || (Find(leaf) is >= 0 and var at && _slots[at].Tally is LostTally))
            {
                isMissing[leaf] = true;
                if (Plan.Leaf(leaf).Learns)
                    Learn(leaf, ref tallies[leaf], facts);
            }

        foreach (var e in history)
        {
            var time = Micros.Of(e.OccurredAt);
            if (time > _asOf)
                Await(e, time);
            else
                foreach (var leaf in Plan.LeavesOf(e.Type))
                    if (isMissing[leaf] && (e.Counts || Plan.Leaf(leaf).WatchesAll))
                        Add(leaf, ref tallies[leaf], e, time);
        }

        for (var leaf = 0; leaf < tallies.Length; leaf++)
            if (tallies[leaf] is { } tally)
                Keep(leaf, Find(leaf), tally);
            else if (isMissing[leaf])
                Forget(leaf);
        Adopt(built);
        _isDueKnown = false;
    }

    /// <summary>Sets the memberships of segments that came with later epochs.</summary>
    private void Adopt(long built)
    {
        for (var i = 0; i < Plan.SegmentCount; i++)
        {
            if (Plan.Segment(i).Epoch > built)
            {
                _members[i] = Plan.Formula(i).Holds(_holds, _members);
                _stirred[i] = false;
            }
            else if (Plan.BuiltFrom(i) > built)
            {
                // Known before, but it refers to something newer: the difference is reported with the next input.
                _stirred[i] = true;
            }
        }
    }

    /// <summary>There is nothing to keep for the leaf after all.</summary>
    private void Forget(int leaf)
    {
        if (Find(leaf) is >= 0 and var at)
            _slots.RemoveAt(at);
        Set(leaf, Plan.Leaf(leaf).Default);
    }
}
