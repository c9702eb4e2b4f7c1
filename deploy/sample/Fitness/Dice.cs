namespace EventSegmentation.Sample.Fitness;

/// <summary>
/// Chance that repeats itself: the same keys give the same throws on every machine and runtime (SplitMix64).
/// </summary>
internal sealed class Dice
{
    private ulong _state;

    /// <summary>Dice of their own for what the keys name, such as a person, or a person's day.</summary>
    public Dice(params ReadOnlySpan<long> keys)
    {
        foreach (var key in keys)
        {
            _state ^= (ulong)key;
            _state = Next();
        }
    }

    /// <summary>A whole number, both ends included.</summary>
    public int Between(int lowest, int highest) => lowest + (int)(Next() % (ulong)(highest - lowest + 1));

    /// <summary>True in so many of a hundred throws.</summary>
    public bool Chance(int percent) => Between(1, 100) <= percent;

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[Between(0, choices.Length - 1)];

    /// <summary>One of the choices, each as likely as its share among all shares.</summary>
    public T PickByShare<T>(IReadOnlyList<T> choices, Func<T, int> share)
    {
        var rest = Between(1, choices.Sum(share));
        foreach (var choice in choices)
        {
            rest -= share(choice);
            if (rest <= 0)
                return choice;
        }

        throw new InvalidOperationException("There is nothing to pick from.");
    }

    /// <summary>The same things in another order.</summary>
    public T[] Shuffle<T>(IEnumerable<T> things)
    {
        var shuffled = things.ToArray();
        for (var last = shuffled.Length - 1; last > 0; last--)
        {
            var other = Between(0, last);
            (shuffled[last], shuffled[other]) = (shuffled[other], shuffled[last]);
        }

        return shuffled;
    }

    private ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
