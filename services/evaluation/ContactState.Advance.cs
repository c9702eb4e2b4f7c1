using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Engine;

namespace EventSegmentation.Evaluation;

// How a state moves: timers, events and facts reach leaves, leaves stir segments, and stirred segments settle.
public sealed partial class ContactState
{
    /// <summary>Fires every timer up to the instant, each at its own, and moves there; an earlier instant is no move.</summary>
    internal void MoveTo(long at, List<Change> changes)
    {
        for (var due = NextDue(); due <= at; due = NextDue())
        {
            if (due >= _aheadLostFrom)
                throw Lost();
            _asOf = due;
            while (_ahead.Count > 0 && Micros.Of(_ahead[0].OccurredAt) <= due)
            {
                var arrived = _ahead[0];
                _ahead.RemoveAt(0);
                Take(arrived, due);
            }

            for (var i = _slots.Count - 1; i >= 0; i--)
                if (_slots[i].Due <= due)
                    Judge(_slots[i]);
            _isDueKnown = false;
            Settle(changes, byClock: true);
        }

        _asOf = Math.Max(_asOf, at);

        // What a completion has stirred and no timer has settled.
        Settle(changes, byClock: true);
    }

    /// <summary>Takes in an event at the current instant.</summary>
    internal void Apply(ContactEvent e, List<Change> changes)
    {
        var time = Micros.Of(e.OccurredAt);
        if (time > _asOf)
            Await(e, time);
        else
            Take(e, time);
        Settle(changes, byClock: false);
    }

    /// <summary>Takes in new facts at the current instant.</summary>
    internal void Apply(ContactFacts facts, List<Change> changes)
    {
        Learn(facts);
        Settle(changes, byClock: false);
    }

    private void Learn(ContactFacts facts)
    {
        for (var leaf = 0; leaf < Plan.LeafCount; leaf++)
        {
            if (Plan.LeafEpoch(leaf) > Epoch || !Plan.Leaf(leaf).Learns)
                continue;
            var at = Find(leaf);
            var tally = at >= 0 ? _slots[at].Tally : null;
            if (tally is LostTally)
                throw Lost();
            if (Learn(leaf, ref tally, facts))
                Keep(leaf, at, tally);
        }
    }

    private void Take(ContactEvent e, long time)
    {
        var watchers = Plan.WatchersOf(e.Type);
        foreach (var leaf in watchers.Always)
            Take(e, time, leaf);
        if (watchers.Gates.Length == 0)
            return;
        foreach (var gate in watchers.Gates)
            gate.Let(e.Params, _reached);
        for (var leaf = _reached.Next(0); leaf >= 0; leaf = _reached.Next(leaf + 1))
        {
            _reached[leaf] = false;
            Take(e, time, leaf);
        }
    }

    private void Take(ContactEvent e, long time, int leaf)
    {
        if (Plan.LeafEpoch(leaf) > Epoch || (!e.Counts && !Plan.Leaf(leaf).WatchesAll))
            return;
        var at = Find(leaf);
        var tally = at >= 0 ? _slots[at].Tally : null;
        if (tally is LostTally)
            throw Lost();
        if (Add(leaf, ref tally, e, time))
            Keep(leaf, at, tally);
    }

    private void Keep(int leaf, int at, Tally? tally)
    {
        if (tally is null)
            return;
        if (at < 0)
            _slots.Insert(at = ~at, new Slot(leaf, tally));
        else
            _slots[at].Tally = tally;

        Judge(_slots[at]);
    }

    /// <summary>Asks a leaf anew, stirs the segments that see a change, and lets go of a tally that keeps nothing.</summary>
    private void Judge(Slot slot)
    {
        if (slot.Tally is LostTally)
            throw Lost();
        var verdict = Judge(slot.Leaf, slot.Tally);
        if (verdict.Due <= _asOf)
            throw new SegmentFaultException(Plan.OwnersOf(slot.Leaf), "A part of it is due at once, and would be for ever.");
        _isDueKnown &= slot.Due != _nextDue || verdict.Due == slot.Due;
        slot.Due = verdict.Due;
        _nextDue = Math.Min(_nextDue, verdict.Due);
        if (slot.Tally.IsEmpty)
            _slots.RemoveAt(Find(slot.Leaf));
        Set(slot.Leaf, verdict.Holds);
    }

    private void Set(int leaf, bool holds)
    {
        if (_holds[leaf] == holds)
            return;
        _holds[leaf] = holds;
        foreach (var segment in Plan.SegmentsOfLeaf(leaf))
            _stirred[segment] = true;
    }

    private void Settle(List<Change> changes, bool byClock)
    {
        for (var i = _stirred.Next(0); i >= 0; i = _stirred.Next(i + 1))
        {
            _stirred[i] = false;
            var segment = Plan.Segment(i);
            if (Plan.BuiltFrom(i) > Epoch)
                continue;
            var holds = Plan.Formula(i).Holds(_holds, _members);
            if (holds == _members[i])
                continue;
            _members[i] = holds;
            changes.Add(new Change(segment.Id, holds, AsOf, byClock));
            foreach (var dependent in Plan.Dependents(i))
                _stirred[dependent] = true;
        }
    }

    /// <summary>Keeps an event that lies ahead until its time comes; only watched ones, each once, in their order.</summary>
    private void Await(ContactEvent e, long time)
    {
        if (!Plan.Watches(e.Type))
            return;
        var at = _ahead.Count;
        for (; at > 0; at--)
        {
            var other = _ahead[at - 1];
            var difference = Micros.Of(other.OccurredAt).CompareTo(time);
            if (difference == 0)
                difference = string.CompareOrdinal(other.EventId, e.EventId);
            if (difference == 0)
                return;
            if (difference < 0)
                break;
        }

        _ahead.Insert(at, new ContactEvent { EventId = e.EventId, Type = e.Type, OccurredAt = e.OccurredAt, Counts = e.Counts, Params = e.Params.Clone() });
        _nextDue = Math.Min(_nextDue, time);
    }

    /// <summary>The earliest instant after the current one at which something is to be done.</summary>
    internal long NextDue()
    {
        if (_isDueKnown)
            return _nextDue;
        _nextDue = Math.Min(_aheadLostFrom, _ahead.Count > 0 ? Micros.Of(_ahead[0].OccurredAt) : Micros.Never);
        foreach (var slot in _slots)
            _nextDue = Math.Min(_nextDue, slot.Due);
        _isDueKnown = true;
        return _nextDue;
    }

    /// <summary>The place of a leaf's slot, or the complement of where it would be.</summary>
    private int Find(int leaf)
    {
        var (low, high) = (0, _slots.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var found = _slots[middle].Leaf;
            if (found == leaf)
                return middle;
            if (found < leaf)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return ~low;
    }

    private static InvalidOperationException Lost() =>
        new($"The state needs the contact's history: ask {nameof(NeedsHistory)} first and complete it.");
}
