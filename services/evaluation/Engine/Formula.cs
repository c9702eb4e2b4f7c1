namespace EventSegmentation.Evaluation.Engine;

/// <summary>The tree of one segment over the verdicts of leaves.</summary>
internal abstract class Formula
{
    /// <summary>Whether it holds, given which leaves do.</summary>
    public abstract bool Holds(Bits leaves);

    public sealed class All(Formula[] parts) : Formula
    {
        public override bool Holds(Bits leaves)
        {
            foreach (var part in parts)
                if (!part.Holds(leaves))
                    return false;
            return true;
        }
    }

    public sealed class Any(Formula[] parts) : Formula
    {
        public override bool Holds(Bits leaves)
        {
            foreach (var part in parts)
                if (part.Holds(leaves))
                    return true;
            return false;
        }
    }

    public sealed class Not(Formula part) : Formula
    {
        public override bool Holds(Bits leaves) => !part.Holds(leaves);
    }

    public sealed class Of(int leaf) : Formula
    {
        public override bool Holds(Bits leaves) => leaves[leaf];
    }
}
