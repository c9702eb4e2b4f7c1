namespace EventSegmentation.Benchmarks.Pipeline.Traffic;

/// <summary>Numbers that follow from a seed and a place alone, so that any event can be made again by itself (SplitMix64).</summary>
internal struct Dice(int seed, int place)
{
    private ulong _state = ((ulong)(uint)seed << 32) | (uint)place;

    /// <summary>From 0 to less than a bound.</summary>
    public int Next(int bound)
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)(((mixed ^ (mixed >> 31)) >> 32) * (ulong)bound >> 32);
    }
}
