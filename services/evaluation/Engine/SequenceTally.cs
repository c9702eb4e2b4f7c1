using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>The events that may yet complete a choice, and what of the completed ones is known for good.</summary>
/// <param name="holdsEvents">True if what filters make of events moves with the clock, so that the events are kept; otherwise marks are.</param>
internal sealed class SequenceTally(bool holdsEvents) : Tally
{
    /// <summary>What the filters have made of the events, by time; empty if the events are kept.</summary>
    public List<Mark> Marks { get; } = [];

    /// <summary>The events, in their order; empty if marks are kept.</summary>
    public HeldTally Held { get; private init; } = new();

    /// <summary>The newest event that has begun a complete choice, where older ones no longer matter; otherwise <see cref="Micros.Never"/>.</summary>
    public long Newest { get; private set; } = Micros.Never;

    /// <summary>True if the sequence holds for ever, whatever comes.</summary>
    public bool IsDone { get; private set; }

    public override bool IsEmpty => !IsDone && Newest == Micros.Never && Marks.Count == 0 && Held.IsEmpty;

    /// <summary>Whether an event of this time can matter.</summary>
    public bool Wants(long time) => !IsDone && (Newest == Micros.Never || time > Newest);

    public void Add(Mark mark)
    {
        var at = Marks.Count;
        while (at > 0 && Marks[at - 1].Time > mark.Time)
            at--;
        Marks.Insert(at, mark);
    }

    /// <summary>Drops the events of these times, which are the oldest.</summary>
    public void Drop(Func<long, bool> isOver)
    {
        Marks.RemoveRange(0, Leading(Marks.Count, i => isOver(Marks[i].Time)));
        Held.Events.RemoveRange(0, Leading(Held.Events.Count, i => isOver(Held.Events[i].Time)));
    }

    public void Finish()
    {
        IsDone = true;
        Marks.Clear();
    }

    /// <summary>Remembers the newest beginning of a complete choice, if there is one, and drops what is not newer.</summary>
    public void KeepAfter(long newest)
    {
        Newest = newest;
        if (newest != Micros.Never)
            Marks.RemoveRange(0, Leading(Marks.Count, i => Marks[i].Time <= newest));
    }

    public override void Write(PackWriter to)
    {
        to.Flag(IsDone);
        if (IsDone)
            return;
        to.TimeOrNever(Newest);
        if (holdsEvents)
        {
            Held.Write(to);
            return;
        }

        to.Count(Marks.Count);
        var before = 0L;
        for (var i = 0; i < Marks.Count; i++)
        {
            var mark = Marks[i];
            if (i == 0)
                to.Time(mark.Time);
            else
                to.Count(mark.Time - before);
            before = mark.Time;
            to.Unsigned(mark.Filters);
            to.Count(mark.Keys.Count);
            foreach (var key in mark.Keys)
                to.Text(key);
        }
    }

    public static SequenceTally Read(ref PackReader from, bool holdsEvents)
    {
        if (from.Flag())
            return new SequenceTally(holdsEvents) { IsDone = true };
        var newest = from.TimeOrNever();
        if (holdsEvents)
            return new SequenceTally(holdsEvents) { Newest = newest, Held = HeldTally.Read(ref from) };

        var tally = new SequenceTally(holdsEvents) { Newest = newest };
        var count = from.Count();
        var time = 0L;
        for (var i = 0; i < count; i++)
        {
            time = i == 0 ? from.Time() : from.Later(time);
            var filters = (uint)from.Unsigned();
            var keys = new string[from.Count()];
            for (var k = 0; k < keys.Length; k++)
                keys[k] = from.Text();
            tally.Marks.Add(new Mark(time, filters, keys));
        }

        return tally;
    }

    private static int Leading(int count, Func<int, bool> test)
    {
        var length = 0;
        while (length < count && test(length))
            length++;
        return length;
    }
}
