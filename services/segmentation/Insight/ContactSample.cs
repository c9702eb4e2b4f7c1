using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>
/// Counts contacts and keeps some of them: those of the smallest hashes, so that the same members always give the same
/// sample, spread over old contacts and new ones. Safe for use by several threads.
/// </summary>
internal sealed class ContactSample(int size)
{
    // Fibonacci hashing: neighbouring ids lie far apart.
    private const ulong Spread = 0x9E3779B97F4A7C15;

    private readonly Lock _lock = new();
    private readonly PriorityQueue<long, ulong> _kept = new(Comparer<ulong>.Create((one, other) => other.CompareTo(one)));

    /// <summary>How many were added.</summary>
    public long Count { get; private set; }

    public void Add(string contactId)
    {
        var contact = StreamId.Contact(contactId);
        lock (_lock)
        {
            Count++;
            if (_kept.Count < size)
                _kept.Enqueue(contact, Hash(contact));
            else
                _kept.EnqueueDequeue(contact, Hash(contact));
        }
    }

    /// <summary>Those kept, in the order of their ids.</summary>
    public IReadOnlyList<string> Chosen() => [.. _kept.UnorderedItems.Select(kept => kept.Element).Order().Select(StreamId.Of)];

    private static ulong Hash(long contact) => unchecked((ulong)contact * Spread);
}
