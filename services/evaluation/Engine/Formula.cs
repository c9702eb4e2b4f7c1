namespace EventSegmentation.Evaluation.Engine;

/// <summary>The tree of one segment over the verdicts of leaves.</summary>
internal abstract class Formula
{
    /// <summary>Whether it holds, given which leaves do and in which segments the contact is.</summary>
    public abstract bool Holds(Bits leaves, Bits members);

    public sealed class All(Formula[] parts) : Formula
    {
        public override bool Holds(Bits leaves, Bits members)
        {
            foreach (var part in parts)
                if (!part.Holds(leaves, members))
                    return false;
            return true;
        }
    }

    public sealed class Any(Formula[] parts) : Formula
    {
        public override bool Holds(Bits leaves, Bits members)
        {
            foreach (var part in parts)
                if (part.Holds(leaves, members))
                    return true;
            return false;
        }
    }

    public sealed class Not(Formula part) : Formula
    {
        public override bool Holds(Bits leaves, Bits members) => !part.Holds(leaves, members);
    }

    public sealed class Of(int leaf) : Formula
    {
        public override bool Holds(Bits leaves, Bits members) => leaves[leaf];
    }

    public sealed class Member(int segment) : Formula
    {
        public override bool Holds(Bits leaves, Bits members) => members[segment];
    }
}
