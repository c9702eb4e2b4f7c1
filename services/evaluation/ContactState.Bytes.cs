using System.Buffers;
using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Engine;

namespace EventSegmentation.Evaluation;

// How a state is written. Verdicts and due times are not: leaves give the same ones again at the same instant.
public sealed partial class ContactState
{
    private const byte Version = 1;

    /// <summary>Reads a state for a plan. Segments and leaves that the plan does not have are dropped.</summary>
    /// <param name="plan">A plan that covers the state's epoch or less; what is newer waits for <see cref="Evaluator.Complete"/>.</param>
    /// <param name="bytes">What <see cref="Write"/> has written.</param>
    /// <exception cref="InvalidDataException">The bytes are of another version or no state.</exception>
    /// <exception cref="SegmentFaultException">What is kept for some segments cannot be read.</exception>
    public static ContactState Read(Plan plan, ReadOnlySpan<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var header = new PackReader(bytes, timeBase: 0);
        if (header.Byte() is var version && version != Version)
            throw new InvalidDataException($"The bytes are of version {version}, expected {Version}.");
        var from = new PackReader(bytes[1..], timeBase: 0);
        var asOf = from.Time();
        from.TimeBase = asOf;
        var state = new ContactState(plan, asOf, from.Long());
        state.ReadMembers(ref from);
        state.ReadAhead(ref from);
        state.ReadTallies(ref from);
        return state;
    }

    /// <summary>Writes the state compactly, so that <see cref="Read"/> gives it back.</summary>
    /// <param name="to">Where the bytes go.</param>
    public void Write(IBufferWriter<byte> to) => Write(to, Limits.KeptBytes);

    /// <summary>Writes the state; a leaf, or the events ahead, that would take more bytes than these are left out.</summary>
    internal void Write(IBufferWriter<byte> to, int keptBytes)
    {
        ArgumentNullException.ThrowIfNull(to);
        var header = new PackWriter(timeBase: 0);
        header.Byte(Version);
        header.Time(_asOf);
        var pack = new PackWriter(_asOf);
        pack.Count(Epoch);
        WriteMembers(pack);
        WriteAhead(pack, keptBytes);
        WriteTallies(pack, keptBytes);
        to.Write(header.Written);
        to.Write(pack.Written);
    }

    private void WriteMembers(PackWriter pack)
    {
        var ids = Memberships.Order().ToArray();
        pack.Count(ids.Length);
        var before = 0L;
        foreach (var id in ids)
        {
            pack.Count(id - before);
            before = id;
        }
    }

    private void ReadMembers(ref PackReader from)
    {
        var id = 0L;
        for (var left = from.Count(); left > 0; left--)
        {
            id += from.Long();
            if (Plan.SegmentOf(id) is >= 0 and var index && Plan.Segment(index).Epoch <= Epoch)
                _members[index] = true;
        }
    }

    private void WriteAhead(PackWriter pack, int keptBytes)
    {
        var block = new PackWriter(_asOf);
        var (kept, length) = (0, 0);
        for (; kept < _ahead.Count; kept++, length = block.Written.Length)
        {
            var e = _ahead[kept];
            block.Text(e.EventId);
            block.Text(e.Type);
            block.Time(Micros.Of(e.OccurredAt));
            block.Flag(e.Counts);
            block.Text(e.Params.GetRawText());
            if (block.Written.Length > keptBytes)
                break;
        }

        pack.Count(kept);
        pack.Bytes(block.Written[..length]);
        pack.TimeOrNever(Math.Min(_aheadLostFrom, kept < _ahead.Count ? Micros.Of(_ahead[kept].OccurredAt) : Micros.Never));
    }

    private void ReadAhead(ref PackReader from)
    {
        for (var left = from.Count(); left > 0; left--)
        {
            var (id, type, time, counts, json) = (from.Text(), from.Text(), from.Time(), from.Flag(), from.Text());
            if (Plan.Watches(type))
                _ahead.Add(new ContactEvent { EventId = id, Type = type, OccurredAt = Micros.ToTime(time), Counts = counts, Params = Excerpt.Parse(json) });
        }

        _aheadLostFrom = from.TimeOrNever();
    }

    private void WriteTallies(PackWriter pack, int keptBytes)
    {
        var kept = new PackWriter(_asOf);
        var lost = new PackWriter(_asOf);
        var block = new PackWriter(_asOf);
        var (keptCount, lostCount) = (0, 0);
        foreach (var slot in _slots)
        {
            block.Clear();
            slot.Tally.Write(block);
            var isKept = slot.Tally is not LostTally && block.Written.Length <= keptBytes;
            var to = isKept ? kept : lost;
            to.Fixed(Plan.Leaf(slot.Leaf).Key, Leaf.KeyBytes);
            if (isKept)
                to.Block(block.Written);
            else
                new LostTally(new Verdict(_holds[slot.Leaf], slot.Due)).Write(to);
            keptCount += isKept ? 1 : 0;
            lostCount += isKept ? 0 : 1;
        }

        pack.Count(keptCount);
        pack.Bytes(kept.Written);
        pack.Count(lostCount);
        pack.Bytes(lost.Written);
    }

    private void ReadTallies(ref PackReader from)
    {
        for (var left = from.Count(); left > 0; left--)
        {
            var leaf = LeafOf(from.Fixed(Leaf.KeyBytes));
            var block = new PackReader(from.Block(), _asOf);
            if (leaf >= 0)
            {
                var tally = Read(leaf, ref block);
                Restore(leaf, tally, Judge(leaf, tally));
            }
        }

        for (var left = from.Count(); left > 0; left--)
        {
            var leaf = LeafOf(from.Fixed(Leaf.KeyBytes));
            var lost = LostTally.Read(ref from);
            if (leaf >= 0)
                Restore(leaf, lost, lost.Verdict);
        }
    }

    /// <summary>The plan's leaf of this key, or -1. One that is newer than the state has been away meanwhile: what was kept of it has holes.</summary>
    private int LeafOf(ulong key) => Plan.LeafOf(key) is >= 0 and var leaf && Plan.LeafEpoch(leaf) <= Epoch ? leaf : -1;

    private void Restore(int leaf, Tally tally, Verdict verdict)
    {
        var at = Find(leaf);
        _slots.Insert(at < 0 ? ~at : throw new InvalidDataException("The bytes hold a leaf twice."), new Slot(leaf, tally) { Due = verdict.Due });
        _holds[leaf] = verdict.Holds;
    }
}
