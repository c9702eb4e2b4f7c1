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
    public void Write(IBufferWriter<byte> to)
    {
        ArgumentNullException.ThrowIfNull(to);
        var header = new PackWriter(timeBase: 0);
        header.Byte(Version);
        header.Time(_asOf);
        var pack = new PackWriter(_asOf);
        pack.Count(Epoch);
        WriteMembers(pack);
        WriteAhead(pack);
        WriteTallies(pack);
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

    private void WriteAhead(PackWriter pack)
    {
        pack.Count(_ahead.Count);
        foreach (var e in _ahead)
        {
            pack.Text(e.EventId);
            pack.Text(e.Type);
            pack.Time(Micros.Of(e.OccurredAt));
            pack.Byte(e.Counts ? (byte)1 : (byte)0);
            pack.Text(e.Params.GetRawText());
        }
    }

    private void ReadAhead(ref PackReader from)
    {
        for (var left = from.Count(); left > 0; left--)
        {
            var (id, type, time, counts, json) = (from.Text(), from.Text(), from.Time(), from.Byte() != 0, from.Text());
            if (Plan.Watches(type))
                _ahead.Add(new ContactEvent { EventId = id, Type = type, OccurredAt = Micros.ToTime(time), Counts = counts, Params = Excerpt.Parse(json) });
        }
    }

    private void WriteTallies(PackWriter pack)
    {
        pack.Count(_slots.Count);
        var block = new PackWriter(_asOf);
        foreach (var slot in _slots)
        {
            pack.Fixed(Plan.Leaf(slot.Leaf).Key, Leaf.KeyBytes);
            block.Clear();
            slot.Tally.Write(block);
            pack.Block(block.Written);
        }
    }

    private void ReadTallies(ref PackReader from)
    {
        for (var left = from.Count(); left > 0; left--)
        {
            var leaf = Plan.LeafOf(from.Fixed(Leaf.KeyBytes));
            var block = new PackReader(from.Block(), _asOf);

            // A leaf that is newer than the state has been away meanwhile: what was kept of it then has holes.
            if (leaf < 0 || Plan.LeafEpoch(leaf) > Epoch)
                continue;
            var slot = new Slot(leaf, Plan.Leaf(leaf).Read(ref block));
            var at = Find(leaf);
            _slots.Insert(at < 0 ? ~at : throw new InvalidDataException("The bytes hold a leaf twice."), slot);
            var verdict = Plan.Leaf(leaf).Judge(slot.Tally, _asOf);
            slot.Due = verdict.Due;
            _holds[leaf] = verdict.Holds;
        }
    }
}
