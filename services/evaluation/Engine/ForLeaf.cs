using System.Buffers;
using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>
/// The contact has been a member of a segment for so long without interruption, in the light of all that is known
/// now. A late event may change what was so at any instant of that time, so a state of the segment is kept that
/// stays so long behind; from it the time is played again, with the events in it.
/// </summary>
internal sealed class ForLeaf(string canonical, Plan segments, long segment, Length length) : Leaf(canonical)
{
    // The segment may change hands many times before the answer does; then it is cheaper to wake early.
    private const int MaxSteps = 32;

    public override IEnumerable<string> EventTypes => segments.EventTypes;

    // A contact is no member before it was first seen.
    public override bool WatchesAll => true;

    public override bool Add(ref Tally? tally, ContactEvent e, long time, long now)
    {
        var kept = (ForTally)(tally ?? throw new InvalidOperationException("The contact's facts come before its events."));
        kept.Seen.See(time);
        if (!segments.Watches(e.Type))
            return true;
        kept.Behind.Apply(e, []);
        return true;
    }

    public override bool Learns => true;

    public override bool Learn(ref Tally? tally, ContactFacts facts, long now)
    {
        if (tally is ForTally kept)
            kept.Behind.Apply(facts, []);
        else
            tally = kept = new ForTally(ContactState.New(segments, facts, now - length.Micros, []), new SeenTally());
        kept.Seen.Created = Micros.Of(facts.Created);
        return true;
    }

    public override Verdict Judge(Tally tally, long now)
    {
        var kept = (ForTally)tally;
        kept.Behind.MoveTo(now - length.Micros, []);
        var replay = new Replay(kept, segment);
        replay.MoveTo(now);
        var holds = Holds(now);
        for (var step = 0; step < MaxSteps; step++)
        {
            var next = replay.Due;
            if (!holds && Reached() <= next)
                return new Verdict(holds, Reached());
            if (next == Micros.Never)
                return new Verdict(holds, next);
            replay.MoveTo(next);
            if (Holds(next) != holds)
                return new Verdict(holds, next);
        }

        return new Verdict(holds, Math.Min(replay.Due, holds ? Micros.Never : Reached()));

        long Reached() => Micros.Add(replay.Since, length.Micros);

        bool Holds(long at) => Reached() <= at;
    }

    public override Tally Read(ref PackReader from)
    {
        var seen = SeenTally.Read(ref from);
        return new ForTally(ContactState.Read(segments, from.Block()), seen);
    }

    /// <summary>Plays a copy of the state on and notes since when the contact is a member; <see cref="Micros.Never"/> while it is none.</summary>
    private sealed class Replay
    {
        private readonly ContactState _state;
        private readonly long _segment;
        private readonly long _firstSeen;
        private readonly List<Change> _changes = [];
        private long _since;

        public Replay(ForTally kept, long segment)
        {
            _state = ContactState.Read(kept.Behind.Plan, kept.Bytes());
            _segment = segment;
            _firstSeen = kept.Seen.First;
            _since = _state.IsMember(segment) ? Micros.Of(_state.AsOf) : Micros.Never;
        }

        public long Since => Math.Max(_since, _firstSeen);

        public long Due => _state.NextDue();

        public void MoveTo(long at)
        {
            _changes.Clear();
            _state.MoveTo(at, _changes);
            foreach (var change in _changes)
                if (change.SegmentId == _segment)
                    _since = change.Entered ? Micros.Of(change.At) : Micros.Never;
        }
    }
}

/// <summary>A state that stays behind, and when the contact was first seen.</summary>
internal sealed class ForTally(ContactState behind, SeenTally seen) : Tally
{
    public ContactState Behind => behind;

    public SeenTally Seen => seen;

    public override bool IsEmpty => false;

    public ReadOnlySpan<byte> Bytes()
    {
        var bytes = new ArrayBufferWriter<byte>();
        // As a part of this leaf it counts towards this leaf's limit, and has none of its own.
        behind.Write(bytes, int.MaxValue);
        return bytes.WrittenSpan;
    }

    public override void Write(PackWriter to)
    {
        seen.Write(to);
        to.Block(Bytes());
    }
}
