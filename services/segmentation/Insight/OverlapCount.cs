using System.Numerics;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>
/// Counts for every pair of sets of contacts how many are in both: exactly, chunk by chunk of contact ids, so that the memory
/// depends on the number of sets and not on the number of contacts.
/// </summary>
/// <param name="sets">How many sets there are.</param>
internal sealed class OverlapCount(int sets)
{
    /// <summary>The contact ids of one chunk: 8 KB a set.</summary>
    public const int ChunkContacts = 65_536;

    private const int WordBits = 64;

    private readonly ulong[]?[] _chunk = new ulong[]?[sets];
    private readonly long[,] _both = new long[sets, sets];

    /// <summary>Adds contacts of the present chunk to a set, by their places in it.</summary>
    public void Add(int set, IEnumerable<int> places)
    {
        var words = _chunk[set] ??= new ulong[ChunkContacts / WordBits];
        foreach (var place in places)
            words[place / WordBits] |= 1UL << (place % WordBits);
    }

    /// <summary>Ends the chunk; the next one may begin.</summary>
    public void EndChunk()
    {
        int[] filled = [.. Enumerable.Range(0, sets).Where(set => _chunk[set] is not null)];
        foreach (var one in filled)
        {
            foreach (var other in filled.SkipWhile(set => set < one))
                _both[one, other] += InBoth(_chunk[one], _chunk[other]);
        }

        Array.Clear(_chunk);
    }

    /// <summary>How many are in both sets; of a set and itself, how many it has.</summary>
    public long Both(int one, int other) => one <= other ? _both[one, other] : _both[other, one];

    private static long InBoth(ReadOnlySpan<ulong> one, ReadOnlySpan<ulong> other)
    {
        var count = 0L;
        for (var i = 0; i < one.Length; i++)
            count += BitOperations.PopCount(one[i] & other[i]);
        return count;
    }
}
