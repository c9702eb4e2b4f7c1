using System.Collections.Frozen;
using EventSegmentation.Evaluation.Engine;

namespace EventSegmentation.Evaluation;

/// <summary>
/// All segments that are to be kept up to date, made ready: leaves that are equal stand once, whatever segments
/// use them, and each event type leads to the leaves it can change. Immutable and free to share.
/// </summary>
public sealed class Plan
{
    private readonly Leaf[] _leaves;
    private readonly long[] _leafEpochs;
    private readonly int[][] _segmentsOfLeaf;
    private readonly int[][] _ownersOfLeaf;
    private readonly PlannedSegment[] _segments;
    private readonly Formula[] _formulas;
    private readonly int[][] _dependents;
    private readonly long[] _builtFrom;
    private readonly FrozenDictionary<ulong, int> _leafByKey;
    private readonly FrozenDictionary<long, int> _segmentById;
    private readonly FrozenDictionary<string, Watchers> _watchers;
    private readonly Watchers _watchersOfAnyType;

    private Plan(PlannedSegment[] segments, Formula[] formulas, LeafTable leaves)
    {
        _segments = segments;
        _formulas = formulas;
        _dependents = [.. leaves.Dependents.Select(list => list.ToArray())];
        _builtFrom = [.. leaves.BuiltFrom];
        _leaves = [.. leaves.Leaves];
        _leafEpochs = [.. leaves.Epochs];
        _segmentsOfLeaf = [.. leaves.Segments.Select(list => list.ToArray())];
        _ownersOfLeaf = [.. leaves.Owners.Select(list => list.ToArray())];
        _leafByKey = _leaves.Index().ToFrozenDictionary(leaf => leaf.Item.Key, leaf => leaf.Index);
        _segmentById = segments.Index().ToFrozenDictionary(segment => segment.Item.Id, segment => segment.Index);
        int[] ofAnyType = [.. _leaves.Index().Where(leaf => leaf.Item.WatchesAll).Select(leaf => leaf.Index)];
        _watchersOfAnyType = Watchers(ofAnyType);
        _watchers = _leaves.Index()
            .SelectMany(leaf => leaf.Item.EventTypes.Select(type => (type, leaf.Index)))
            .GroupBy(pair => pair.type, pair => pair.Index, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => Watchers([.. group.Concat(ofAnyType).Distinct().Order()]), StringComparer.Ordinal);
        Epoch = segments.Length == 0 ? 0 : segments.Max(segment => segment.Epoch);

        var defaults = new Bits(_leaves.Length);
        foreach (var (index, leaf) in _leaves.Index())
            defaults[index] = leaf.Default;
        Defaults = defaults;
    }

    /// <summary>The greatest epoch of the segments; 0 without segments.</summary>
    public long Epoch { get; }

    /// <summary>The event types of which an event can make any difference; null if every type can.</summary>
    public IReadOnlyCollection<string>? WatchedTypes => _watchersOfAnyType.All.Length > 0 ? null : [.. _watchers.Keys];

    /// <summary>Every event type that some leaf names.</summary>
    internal IEnumerable<string> EventTypes => _watchers.Keys;

    internal int LeafCount => _leaves.Length;

    internal int SegmentCount => _segments.Length;

    /// <summary>Which leaves hold for a contact of which nothing is kept.</summary>
    internal Bits Defaults { get; }

    /// <summary>Makes segments ready to be kept. Ids must differ.</summary>
    /// <param name="segments">The segments in any order; the same ones always give the same plan.</param>
    /// <exception cref="ArgumentException">
    /// Two segments have one id, or one key among those that serve or are next, or a number is out of range.
    /// </exception>
    /// <exception cref="SegmentFaultException">
    /// Segments refer to each other in a circle, one that a next one refers to lacks a next one (<see cref="PlannedSegment.IsNext"/>),
    /// or one cannot be made ready.
    /// </exception>
    public static Plan Compile(IReadOnlyCollection<PlannedSegment> segments)
    {
        ArgumentNullException.ThrowIfNull(segments);
        var ordered = segments.OrderBy(segment => segment.Id).ToArray();
        for (var i = 0; i < ordered.Length; i++)
        {
            if (ordered[i].Id < 0 || ordered[i].Epoch < 1)
                throw new ArgumentException($"Segment {ordered[i].Id} has the epoch {ordered[i].Epoch}: ids count from 0 and epochs from 1.", nameof(segments));
            if (i > 0 && ordered[i].Id == ordered[i - 1].Id)
                throw new ArgumentException($"Segment {ordered[i].Id} is there twice.", nameof(segments));
        }

        var sorted = SegmentOrder.Sort(ordered);
        var leaves = new LeafTable(sorted);
        var formulas = sorted.Select((segment, index) => Compile(leaves, segment, index)).ToArray();
        return new Plan(sorted, formulas, leaves);
    }

    /// <summary>Whether an event of this type can make any difference. One that is not watched need not be given to the evaluator.</summary>
    public bool Watches(string eventType) => WatchersOf(eventType).All.Length > 0;

    /// <summary>The event types that some leaf of a later epoch watches; null if one watches every type.</summary>
    internal IReadOnlyCollection<string>? TypesSince(long epoch)
    {
        return _watchersOfAnyType.All.Any(IsLater) ? null : [.. _watchers.Where(type => type.Value.All.Any(IsLater)).Select(type => type.Key)];

        bool IsLater(int leaf) => _leafEpochs[leaf] > epoch;
    }

    internal ReadOnlySpan<int> LeavesOf(string eventType) => WatchersOf(eventType).All;

    internal Watchers WatchersOf(string eventType) => _watchers.GetValueOrDefault(eventType, _watchersOfAnyType);

    internal Leaf Leaf(int index) => _leaves[index];

    internal long LeafEpoch(int index) => _leafEpochs[index];

    internal int LeafOf(ulong key) => _leafByKey.GetValueOrDefault(key, -1);

    internal PlannedSegment Segment(int index) => _segments[index];

    internal int SegmentOf(long id) => _segmentById.GetValueOrDefault(id, -1);

    /// <summary>The ids of the segments that answer for a leaf: those that have it in a condition of their own.</summary>
    internal long[] OwnersOf(int leaf) =>
        [.. (_ownersOfLeaf[leaf].Length > 0 ? _ownersOfLeaf[leaf] : _segmentsOfLeaf[leaf]).Select(segment => _segments[segment].Id)];

    internal ReadOnlySpan<int> SegmentsOfLeaf(int leaf) => _segmentsOfLeaf[leaf];

    /// <summary>The segments that refer to this one; all of them stand behind it.</summary>
    internal ReadOnlySpan<int> Dependents(int segment) => _dependents[segment];

    /// <summary>The epoch from which a state can answer for the segment: its own, or that of a newer one it refers to.</summary>
    internal long BuiltFrom(int segment) => _builtFrom[segment];

    internal Formula Formula(int segment) => _formulas[segment];

    private static Formula Compile(LeafTable leaves, PlannedSegment segment, int index)
    {
        try
        {
            return leaves.Compile(index);
        }
        catch (Exception exception) when (SegmentFaultException.IsFault(exception) && exception is not SegmentFaultException)
        {
            throw new SegmentFaultException([segment.Id], $"It cannot be made ready: {exception.GetType().Name}.", exception);
        }
    }

    private Watchers Watchers(int[] leaves)
    {
        var (gates, always) = Gate.Of(_leaves, leaves);
        return new Watchers(leaves, always, gates);
    }
}
