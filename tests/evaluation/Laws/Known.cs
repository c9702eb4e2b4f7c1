using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Tests.Laws;

/// <summary>All that is known of the contact of a scenario in the end, and an instant at which it is asked about.</summary>
internal sealed record Known(DateTimeOffset At, ContactFacts Facts, IReadOnlyList<ContactEvent> History, IReadOnlyDictionary<string, Definition> Segments, Random Random)
{
    private static readonly TimeSpan[] Distances =
    [
        TimeSpan.Zero, TimeSpan.FromMicroseconds(1), TimeSpan.FromMicroseconds(-1), TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(-1),
        TimeSpan.FromDays(7), TimeSpan.FromDays(30), TimeSpan.FromDays(-30), TimeSpan.FromDays(365),
    ];

    /// <summary>An instant near the events of the scenario: before, among and after them.</summary>
    public static Known Of(Scenario scenario, Random random)
    {
        var history = scenario.Inputs.OfType<Recorded>().Select(input => input.Event()).ToList();
        var contact = scenario.Inputs.OfType<Changed>().LastOrDefault()?.Contact ?? scenario.Contact;
        var times = history.Select(e => e.OccurredAt).Append(contact.Created).ToList();
        return new Known(
            times[random.Next(times.Count)] + Distances[random.Next(Distances.Length)],
            contact.Facts(),
            history,
            scenario.Segments.ToDictionary(segment => segment.Key, segment => segment.Definition),
            random);
    }

    /// <summary>What the reference says of a definition.</summary>
    public bool Holds(Definition definition, DateTimeOffset at) => Reference.Holds(definition, Facts, History, at, Segments);

    /// <summary>Some of the later instants at which the answer of a definition could turn, the last ones among them, and some between.</summary>
    public IEnumerable<DateTimeOffset> Turns(Definition definition, DateTimeOffset until, int most)
    {
        var (from, to) = (Micros.Of(At), Micros.Of(until));
        if (to <= from)
            return [];
        var turns = ReferenceTurns.Of(definition, Facts, History, Segments, from, to).ToArray();
        var last = turns.TakeLast(most / 5).ToArray();
        Random.Shuffle(turns);
        return turns.Take(most).Concat(last).Append(to).Append(Random.NextInt64(from + 1, to + 1)).Select(Micros.ToTime);
    }
}
