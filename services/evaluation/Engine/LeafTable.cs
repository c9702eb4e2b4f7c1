using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>Turns conditions into formulas over leaves, each distinct leaf once.</summary>
internal sealed class LeafTable
{
    private readonly Dictionary<string, int> _byCanonical = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, string> _byKey = [];

    public List<Leaf> Leaves { get; } = [];

    /// <summary>For each leaf the smallest epoch of the segments that have it.</summary>
    public List<long> Epochs { get; } = [];

    /// <summary>For each leaf the segments that have it.</summary>
    public List<List<int>> Segments { get; } = [];

    public Formula Compile(PlannedSegment segment, int index) =>
        Compile(segment.Definition.Condition, new Owner(segment, index));

    private Formula Compile(Condition condition, Owner owner)
    {
        switch (condition)
        {
            case Condition.All all:
                return new Formula.All([.. all.Parts.Select(part => Compile(part, owner))]);
            case Condition.Any any:
                return new Formula.Any([.. any.Parts.Select(part => Compile(part, owner))]);
            case Condition.Not not:
                return new Formula.Not(Compile(not.Part, owner));
            case Condition.Event of:
                var figure = Add(new EventLeaf(Canonical.Of(of with { OlderThan = null }, owner.Segment.Definition.Zone), of), owner);
                return of.OlderThan is { } length ? new Formula.All([figure, Add(new OlderLeaf(length), owner)]) : figure;
            default:
                throw new ArgumentOutOfRangeException(nameof(condition), condition, "not a condition");
        }
    }

    private Formula.Of Add(Leaf leaf, Owner owner)
    {
        if (!_byCanonical.TryGetValue(leaf.Canonical, out var at))
        {
            // States name leaves by hashes of 48 bits; a collision would mix two contacts' pasts, so it stops here.
            if (!_byKey.TryAdd(leaf.Key, leaf.Canonical))
                throw new ArgumentException($"Two leaves have one key in states, {leaf.Key:x12}: {leaf.Canonical} and {_byKey[leaf.Key]}.");
            at = Leaves.Count;
            _byCanonical.Add(leaf.Canonical, at);
            Leaves.Add(leaf);
            Epochs.Add(owner.Segment.Epoch);
            Segments.Add([]);
        }

        Epochs[at] = Math.Min(Epochs[at], owner.Segment.Epoch);
        if (Segments[at].LastOrDefault(-1) != owner.Index)
            Segments[at].Add(owner.Index);
        return new Formula.Of(at);
    }

    private readonly record struct Owner(PlannedSegment Segment, int Index);
}
