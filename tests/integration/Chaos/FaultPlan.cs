using System.Globalization;

namespace EventSegmentation.IntegrationTests.Chaos;

/// <summary>One fault of a plan.</summary>
/// <param name="At">When it is begun, from the beginning of the run; later if something else is being done to the same part then.</param>
/// <param name="Lasts">How long it goes on, where that means something.</param>
/// <param name="Seed">Decides what it chooses.</param>
internal sealed record PlannedFault(int Number, TimeSpan At, string Kind, TimeSpan Lasts, int Seed)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"#{Number,-3} at {At.TotalSeconds,6:0.0} s, {Lasts.TotalSeconds,4:0.0} s: {Kind}");
}

/// <summary>Which faults a run has, and when: all of it follows from the seed.</summary>
internal static class FaultPlan
{
    /// <summary>From one fault to the next, on the average. Many go on for longer than that, so that they meet.</summary>
    public static readonly TimeSpan Gap = TimeSpan.FromSeconds(6);

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(9);

    /// <summary>As many faults as fit; no kind comes again before all others have come as often.</summary>
    public static IReadOnlyList<PlannedFault> Make(int seed, TimeSpan duration, IReadOnlyList<string> kinds)
    {
        var random = new Random(seed);
        var count = Math.Max(1, (int)(duration / Gap));
        var deck = new Queue<string>();
        var plan = new List<PlannedFault>(count);
        for (var i = 0; i < count; i++)
        {
            if (deck.Count == 0)
                deck = new(Shuffled(kinds, random));
            var at = duration * ((i + random.NextDouble()) / count);
            var lasts = Shortest + ((Longest - Shortest) * Math.Pow(random.NextDouble(), 2));
            plan.Add(new(i + 1, at, deck.Dequeue(), lasts, random.Next()));
        }

        return plan;
    }

    private static string[] Shuffled(IReadOnlyList<string> kinds, Random random)
    {
        string[] shuffled = [.. kinds];
        random.Shuffle(shuffled);
        return shuffled;
    }
}
