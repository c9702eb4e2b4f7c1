using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>Turns conditions into formulas over leaves, each distinct leaf once. Segments come behind those they refer to.</summary>
internal sealed class LeafTable
{
    private readonly PlannedSegment[] _segments;
    private readonly SegmentKeys _keys;
    private readonly Dictionary<string, int> _byCanonical = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, string> _byKey = [];

    public LeafTable(PlannedSegment[] segments)
    {
        _segments = segments;
        _keys = new SegmentKeys(segments);
        Dependents = [.. segments.Select(_ => new List<int>())];
        foreach (var (index, segment) in segments.Index())
        {
            var referred = _keys.ReferredBy(index).ToList();
            foreach (var other in referred)
                Dependents[other].Add(index);
            BuiltFrom.Add(referred.Select(other => BuiltFrom[other]).Append(segment.Epoch).Max());
        }
    }

    public List<Leaf> Leaves { get; } = [];

    /// <summary>For each leaf the smallest epoch from which a segment that has it can be answered for.</summary>
    public List<long> Epochs { get; } = [];

    /// <summary>For each leaf the segments that have it.</summary>
    public List<List<int>> Segments { get; } = [];

    /// <summary>For each leaf the segments that have it in a condition of their own, and not only in one that stands before it in a group.</summary>
    public List<List<int>> Owners { get; } = [];

    /// <summary>For each segment those that refer to it.</summary>
    public List<List<int>> Dependents { get; }

    /// <summary>For each segment the greatest epoch of itself and all it refers to.</summary>
    public List<long> BuiltFrom { get; } = [];

    public Formula Compile(int segment) => Compile(_segments[segment].Definition.Condition, _segments[segment].Definition.Zone, segment, isOwn: true);

    private Formula Compile(Condition condition, Zone zone, int segment, bool isOwn)
    {
        switch (condition)
        {
            case Condition.All all:
                return new Formula.All([.. all.Parts.Select(part => Compile(part, zone, segment, isOwn))]);
            case Condition.Any any:
                return new Formula.Any([.. any.Parts.Select(part => Compile(part, zone, segment, isOwn))]);
            case Condition.Not not:
                return new Formula.Not(Compile(not.Part, zone, segment, isOwn));
            case Condition.Named named:
                return Compile(named.Part.Condition, named.Part.Zone, segment, isOwn: false);
            case Condition.Event { OlderThan: { } length } of:
                return new Formula.All([Add(Leaf(of with { OlderThan = null }, zone, segment), segment, isOwn), Add(new OlderLeaf(length), segment, isOwn)]);
            case Condition.InSegment { For: null } member when _keys.Find(member.Key, segment) is >= 0 and var other:
                return new Formula.Member(other);
            case Condition.Suspended:
                return new Formula.Member(segment);
            default:
                return Add(Leaf(condition, zone, segment), segment, isOwn);
        }
    }

    private Leaf Leaf(Condition condition, Zone zone, int segment)
    {
        var canonical = Canonical.Of(condition, zone);
        return condition switch
        {
            Condition.Event of when of.Events.Moves() => new HeldLeaf(canonical, new HeldQuestion.Figures(of)),
            Condition.Event { Measure.Figure: Figure.Distinct } of => new DistinctLeaf(canonical, of),
            Condition.Event of => new EventLeaf(canonical, of),
            Condition.First first when first.Events.Moves() || first.Has is { Moves: true } =>
                new HeldLeaf(canonical, new HeldQuestion.Point(first.Events, first.Period, first.Has, null, isFirst: true)),
            Condition.First first => new PointLeaf(canonical, first),
            Condition.Last last when last.Events.Moves() || last.Has is { Moves: true } || (last.NotFollowedBy?.Moves() ?? false) =>
                new HeldLeaf(canonical, new HeldQuestion.Point(last.Events, last.Period, last.Has, last.NotFollowedBy, isFirst: false)),
            Condition.Last last => new PointLeaf(canonical, last),
            Condition.Streak streak when streak.Events.Moves() => new HeldLeaf(canonical, new HeldQuestion.Regular(streak)),
            Condition.Streak streak => new StreakLeaf(canonical, streak),
            Condition.Sequence sequence => new SequenceLeaf(canonical, sequence),
            Condition.Contact { Field.Text: "created" } contact => new SeenLeaf(canonical, SeenInstant.Created, contact.Predicate),
            Condition.Contact { Field.Text: "firstSeen" } contact => new SeenLeaf(canonical, SeenInstant.First, contact.Predicate),
            Condition.Contact { Field.Text: "lastSeen" } contact => new SeenLeaf(canonical, SeenInstant.Last, contact.Predicate),
            Condition.Contact contact => new FieldLeaf(canonical, contact.Field, contact.Predicate),
            Condition.InSegment { For: { } length } member when _keys.Find(member.Key, segment) is >= 0 and var other => For(other, length, segment),
            Condition.InSegment member => new ListLeaf(canonical, member.Key, member.For),
            Condition.Listed list => new ListLeaf(canonical, list.Key, null),
            Condition.Sample sample => new SampleLeaf(canonical, sample),
            _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, "not a leaf"),
        };
    }

    /// <summary>A leaf with a small plan of its own: the segment and all it refers to, named by what they mean.</summary>
    /// <param name="segment">The place of the segment that somebody is in.</param>
    /// <param name="asked">The place of the segment that asks for how long.</param>
    private ForLeaf For(int segment, Length length, int asked)
    {
        // Each key is there once, for no next segment reaches two of one key; so a leaf is the same before and after it serves.
        var reached = new SortedDictionary<string, Definition>(StringComparer.Ordinal);
        Gather(segment);
        if (reached.FirstOrDefault(one => one.Value.IsSuspended).Key is { } suspended)
            throw new SegmentFaultException([_segments[asked].Id], $"It asks how long somebody has been in a segment, and that depends on '{suspended}', which is suspended.");
        var key = _segments[segment].Key!;
        var inner = reached.Index().Select(one => new PlannedSegment(one.Index, 1, one.Item.Value, one.Item.Key)).ToList();
        var canonical = string.Join("; ", inner.Select(one => $"{one.Key} is {Canonical.OfTree(one.Definition.Condition, one.Definition.Zone)}"));
        return new ForLeaf($"for {length.Micros} {key} where {canonical}", Plan.Compile(inner), inner.Single(one => one.Key == key).Id, length);

        void Gather(int one)
        {
            if (reached.TryAdd(_segments[one].Key!, _segments[one].Definition))
                foreach (var other in _keys.ReferredBy(one))
                    Gather(other);
        }
    }

    private Formula.Of Add(Leaf leaf, int segment, bool isOwn)
    {
        if (!_byCanonical.TryGetValue(leaf.Canonical, out var at))
        {
            // States name leaves by hashes of 48 bits; a collision would mix up what is kept of them, so it stops here.
            if (!_byKey.TryAdd(leaf.Key, leaf.Canonical))
                throw new ArgumentException($"Two leaves have one key in states, {leaf.Key:x12}: {leaf.Canonical} and {_byKey[leaf.Key]}.");
            at = Leaves.Count;
            _byCanonical.Add(leaf.Canonical, at);
            Leaves.Add(leaf);
            Epochs.Add(long.MaxValue);
            Segments.Add([]);
            Owners.Add([]);
        }

        // What a leaf on a span of membership keeps depends on the segments referred to, so it is as new as they are.
        var epoch = leaf is ForLeaf ? BuiltFrom[segment] : _segments[segment].Epoch;
        Epochs[at] = Math.Min(Epochs[at], epoch);
        if (Segments[at].LastOrDefault(-1) != segment)
            Segments[at].Add(segment);
        if (isOwn && Owners[at].LastOrDefault(-1) != segment)
            Owners[at].Add(segment);
        return new Formula.Of(at);
    }
}
