using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>Which instant of a contact.</summary>
internal enum SeenInstant
{
    /// <summary>When this system made the contact.</summary>
    Created,

    /// <summary>The earlier of that and its earliest event.</summary>
    First,

    /// <summary>Its latest event.</summary>
    Last,
}

/// <summary>A date predicate on <c>created</c>, <c>firstSeen</c> or <c>lastSeen</c>.</summary>
internal sealed class SeenLeaf(string canonical, SeenInstant instant, Predicate predicate) : Leaf(canonical)
{
    public override bool WatchesAll => instant != SeenInstant.Created;

    public override bool Default => Answer(Micros.Never, 0).Holds;

    public override bool Add(ref Tally? tally, ContactEvent e, long time, long now) =>
        ((SeenTally)(tally ??= new SeenTally())).See(time);

    public override bool Learns => instant != SeenInstant.Last;

    public override bool Learn(ref Tally? tally, ContactFacts facts, long now)
    {
        ((SeenTally)(tally ??= new SeenTally())).Created = Micros.Of(facts.Created);
        return true;
    }

    public override Verdict Judge(Tally tally, long now)
    {
        var seen = (SeenTally)tally;
        return Answer(instant switch
        {
            SeenInstant.Created => seen.Created,
            SeenInstant.First => seen.First,
            _ => seen.LastEvent,
        }, now);
    }

    public override Tally Read(ref PackReader from) => SeenTally.Read(ref from);

    private Verdict Answer(long time, long now) => predicate switch
    {
        Predicate.Exists exists => new Verdict(exists.Expected == (time != Micros.Never), Micros.Never),
        Predicate.Dated when time == Micros.Never => new Verdict(false, Micros.Never),
        Predicate.Dated dated => new Verdict(dated.Matches(time, now), dated.NextChange(time, now)),
        _ => throw new InvalidOperationException($"{predicate} is no predicate on instants."),
    };
}

/// <summary>The contact was first seen at least so long ago: <c>contactOlderThan</c>.</summary>
internal sealed class OlderLeaf(Length length) : Leaf($"older {length.Micros}")
{
    public override bool WatchesAll => true;

    public override bool Add(ref Tally? tally, ContactEvent e, long time, long now) =>
        ((SeenTally)(tally ??= new SeenTally())).See(time);

    public override bool Learns => true;

    public override bool Learn(ref Tally? tally, ContactFacts facts, long now)
    {
        ((SeenTally)(tally ??= new SeenTally())).Created = Micros.Of(facts.Created);
        return true;
    }

    public override Verdict Judge(Tally tally, long now)
    {
        var reached = Micros.Add(((SeenTally)tally).First, length.Micros);
        return now < reached ? new Verdict(false, reached) : new Verdict(true, Micros.Never);
    }

    public override Tally Read(ref PackReader from) => SeenTally.Read(ref from);
}

/// <summary>When a contact was made, and when its earliest and latest events occurred.</summary>
internal sealed class SeenTally : Tally
{
    public long Created { get; set; } = Micros.Never;

    public long FirstEvent { get; private set; } = Micros.Never;

    public long LastEvent { get; private set; } = Micros.Never;

    /// <summary>The earlier of the making and the earliest event.</summary>
    public long First => Math.Min(Created, FirstEvent);

    public override bool IsEmpty => First == Micros.Never;

    /// <summary>Takes in the time of an event. Returns false if it is neither the earliest nor the latest.</summary>
    public bool See(long time)
    {
        var isFirst = time < FirstEvent;
        var isLast = LastEvent == Micros.Never || time > LastEvent;
        if (isFirst)
            FirstEvent = time;
        if (isLast)
            LastEvent = time;
        return isFirst || isLast;
    }

    public override void Write(PackWriter to)
    {
        to.TimeOrNever(Created);
        to.TimeOrNever(FirstEvent);
        if (FirstEvent != Micros.Never)
            to.Time(LastEvent);
    }

    public static SeenTally Read(ref PackReader from)
    {
        var tally = new SeenTally { Created = from.TimeOrNever(), FirstEvent = from.TimeOrNever() };
        if (tally.FirstEvent != Micros.Never)
            tally.LastEvent = from.Time();
        return tally;
    }
}
