using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>The contact was first seen at least so long ago: <c>contactOlderThan</c>.</summary>
internal sealed class OlderLeaf(Length length) : Leaf($"older {length.Micros}")
{
    public override bool WatchesAll => true;

    public override bool Add(ref Tally? tally, ContactEvent e, long time, long now)
    {
        var seen = (SeenTally)(tally ??= new SeenTally());
        if (time >= seen.FirstEvent)
            return false;
        seen.FirstEvent = time;
        return true;
    }

    public override bool Learn(ref Tally? tally, ContactFacts facts, long now)
    {
        var seen = (SeenTally)(tally ??= new SeenTally());
        seen.Created = Micros.Of(facts.Created);
        return true;
    }

    public override Verdict Judge(Tally tally, long now)
    {
        var reached = Micros.Add(((SeenTally)tally).First, length.Micros);
        return now < reached ? new Verdict(false, reached) : new Verdict(true, Micros.Never);
    }

    public override Tally Read(ref PackReader from) => SeenTally.Read(ref from);
}

/// <summary>When a contact was made, and when its earliest event occurred.</summary>
internal sealed class SeenTally : Tally
{
    public long Created { get; set; } = Micros.Never;

    public long FirstEvent { get; set; } = Micros.Never;

    /// <summary>The earlier of both.</summary>
    public long First => Math.Min(Created, FirstEvent);

    public override bool IsEmpty => First == Micros.Never;

    public override void Write(PackWriter to)
    {
        to.Time(Created);
        to.Time(FirstEvent);
    }

    public static SeenTally Read(ref PackReader from) => new() { Created = from.Time(), FirstEvent = from.Time() };
}
