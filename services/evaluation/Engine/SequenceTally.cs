using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>The events that may yet complete a choice, and what of the completed ones is known for good.</summary>
internal sealed class SequenceTally : Tally
{
    /// <summary>The events, in their order.</summary>
    public HeldTally Held { get; private init; } = new();

    /// <summary>The newest event that has begun a complete choice, where older ones no longer matter; otherwise <see cref="Micros.Never"/>.</summary>
    public long Newest { get; private set; } = Micros.Never;

    /// <summary>True if the sequence holds for ever, whatever comes.</summary>
    public bool IsDone { get; private set; }

    public override bool IsEmpty => !IsDone && Newest == Micros.Never && Held.IsEmpty;

    /// <summary>Whether an event of this time can matter.</summary>
    public bool Wants(long time) => !IsDone && (Newest == Micros.Never || time > Newest);

    public void Finish()
    {
        IsDone = true;
        Held.Events.Clear();
    }

    /// <summary>Remembers the newest beginning of a complete choice, if there is one, and drops what is not newer.</summary>
    public void KeepAfter(long newest)
    {
        Newest = newest;
        if (newest != Micros.Never)
            Held.Events.RemoveAll(held => held.Time <= newest);
    }

    public override void Write(PackWriter to)
    {
        to.Flag(IsDone);
        if (IsDone)
            return;
        to.TimeOrNever(Newest);
        Held.Write(to);
    }

    public static SequenceTally Read(ref PackReader from) => from.Flag()
        ? new SequenceTally { IsDone = true }
        : new SequenceTally { Newest = from.TimeOrNever(), Held = HeldTally.Read(ref from) };
}
