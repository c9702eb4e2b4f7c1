using System.Numerics;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>A set of small numbers.</summary>
internal readonly struct Bits(int size)
{
    private readonly ulong[] _words = new ulong[(size + 63) / 64];

    public bool this[int index]
    {
        get => (_words[index >> 6] & (1UL << index)) != 0;
        set
        {
            if (value)
                _words[index >> 6] |= 1UL << index;
            else
                _words[index >> 6] &= ~(1UL << index);
        }
    }

    /// <summary>Makes this set equal to another of the same size.</summary>
    public void CopyFrom(Bits other) => other._words.CopyTo(_words, 0);

    /// <summary>The smallest member from this number on; -1 if there is none.</summary>
    public int Next(int from)
    {
        for (var word = from >> 6; word < _words.Length; word++)
        {
            var bits = _words[word];
            if (word == from >> 6)
                bits &= ulong.MaxValue << from;
            if (bits != 0)
                return (word << 6) + BitOperations.TrailingZeroCount(bits);
        }

        return -1;
    }
}
