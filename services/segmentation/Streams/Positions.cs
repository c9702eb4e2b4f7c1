namespace EventSegmentation.Segmentation.Streams;

/// <summary>
/// How far each of some partitions has been followed. Those of one owner go together; one that was taken over may be behind the
/// others or before them until they meet. Pure; never empty.
/// </summary>
internal sealed class Positions
{
    private readonly IReadOnlyDictionary<short, long> _positions;

    public Positions(IReadOnlyDictionary<short, long> positions)
    {
        _positions = positions;
        (First, AreTogether) = (positions.Values.Min(), positions.Values.Distinct().Count() == 1);
        Partitions = [.. positions.Keys];
    }

    /// <summary>The partitions.</summary>
    public short[] Partitions { get; }

    /// <summary>Up to here all of them have been followed.</summary>
    public long First { get; }

    /// <summary>True if all stand at one position.</summary>
    public bool AreTogether { get; }

    /// <summary>True if they are all partitions that there are.</summary>
    public bool AreAll => Partitions.Length == Partition.Count;

    /// <summary>Some partitions at one position.</summary>
    public static Positions At(IEnumerable<short> partitions, long position) => new(partitions.ToDictionary(partition => partition, _ => position));

    /// <summary>True if the partition is one of these.</summary>
    public bool Contains(short partition) => _positions.ContainsKey(partition);

    /// <summary>True if the partition is one of these and has not been followed as far.</summary>
    public bool Lacks(short partition, long sequence) => _positions.TryGetValue(partition, out var position) && position < sequence;

    /// <summary>These, with those behind <paramref name="position"/> moved up to it.</summary>
    public Positions MovedTo(long position) => new(_positions.ToDictionary(one => one.Key, one => Math.Max(one.Value, position)));

    /// <summary>The partitions that stand behind a position, by where they stand.</summary>
    public IEnumerable<IGrouping<long, short>> Behind(long position) =>
        _positions.Where(one => one.Value < position).GroupBy(one => one.Value, one => one.Key);
}
