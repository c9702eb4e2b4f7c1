namespace EventSegmentation.Segmentation.Streams;

/// <summary>
/// Contacts lie in a fixed number of partitions, each of which one replica owns at a time. A contact lies where its id says, until
/// a merge moves it to the partition of the contact that it is merged into. Pure.
/// </summary>
internal static class Partition
{
    /// <summary>How many there are, and so the most replicas that share the work. The schema has the same number.</summary>
    public const int Count = 16;

    /// <summary>The one whose owner also does what is done once for all: starts and swaps builds, and sweeps what has ended.</summary>
    public const short Leading = 0;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<short> All { get; } = [.. Enumerable.Range(0, Count).Select(partition => (short)partition)];

    /// <summary>Where a contact lies by its id. Ids are given out one after the other, so the remainder spreads them evenly.</summary>
    /// <param name="contact">Above 0.</param>
    public static short Of(long contact) => (short)(contact % Count);

    /// <summary>How many partitions a replica owns at most, so that all are owned and nobody has many more than others.</summary>
    /// <param name="replicas">How many live, at least 1.</param>
    public static int Share(int replicas) => (Count + replicas - 1) / replicas;
}
