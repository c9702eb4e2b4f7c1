using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>
/// One distinct leaf of all the conditions in a plan: what it keeps of a contact, and what that says. Times given
/// to a leaf have come: nothing that lies ahead reaches it.
/// </summary>
internal abstract class Leaf
{
    /// <summary>Bytes of <see cref="Key"/> in a state.</summary>
    public const int KeyBytes = 6;

    protected Leaf(string canonical)
    {
        Canonical = canonical;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(canonical), hash);
        Key = BinaryPrimitives.ReadUInt64BigEndian(hash) >> (64 - (8 * KeyBytes));
    }

    /// <summary>What makes leaves equal: everything that decides on their answer.</summary>
    public string Canonical { get; }

    /// <summary>The leaf's name in written states: a hash of <see cref="Canonical"/>, the same in every plan and process.</summary>
    public ulong Key { get; }

    /// <summary>The counting events it looks at.</summary>
    public virtual IEnumerable<string> EventTypes => [];

    /// <summary>The one filter without which no event changes it, if there is one and the clock does not move it; otherwise null.</summary>
    public virtual EventFilter? OnlyFilter => null;

    /// <summary>True if it looks at every event, also those which do not count.</summary>
    public virtual bool WatchesAll => false;

    /// <summary>True if it looks at what is known of the contact besides its events.</summary>
    public virtual bool Learns => false;

    /// <summary>What it says of a contact of which it keeps nothing.</summary>
    public virtual bool Default => false;

    /// <summary>Takes in an event. Returns false if that changes nothing.</summary>
    /// <param name="tally">What is kept; made if there was none and there is something to keep.</param>
    /// <param name="e">An event of a type it watches.</param>
    /// <param name="time">When it occurred; not after <paramref name="now"/>.</param>
    /// <param name="now">The instant of the evaluation.</param>
    public virtual bool Add(ref Tally? tally, ContactEvent e, long time, long now) => false;

    /// <summary>Takes in what is known of the contact besides its events. Returns false if that changes nothing.</summary>
    public virtual bool Learn(ref Tally? tally, ContactFacts facts, long now) => false;

    /// <summary>What the tally says at the instant. Drops from it what can never matter again.</summary>
    public abstract Verdict Judge(Tally tally, long now);

    /// <summary>Reads what <see cref="Tally.Write"/> has written.</summary>
    public abstract Tally Read(ref PackReader from);
}

/// <summary>What a leaf keeps of one contact.</summary>
internal abstract class Tally
{
    /// <summary>True if nothing is kept, which is as good as no tally.</summary>
    public abstract bool IsEmpty { get; }

    /// <summary>Writes it, times relative to the base.</summary>
    public abstract void Write(PackWriter to);
}

/// <summary>Stands for what was too large to be written: only its answer is known, and until when it holds.</summary>
internal sealed class LostTally(Verdict verdict) : Tally
{
    public Verdict Verdict => verdict;

    public override bool IsEmpty => false;

    public override void Write(PackWriter to)
    {
        to.Flag(verdict.Holds);
        to.TimeOrNever(verdict.Due);
    }

    public static LostTally Read(ref PackReader from) => new(new Verdict(from.Flag(), from.TimeOrNever()));
}
