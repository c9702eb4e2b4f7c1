using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using EventSegmentation.Evaluation;

namespace EventSegmentation.Benchmarks;

/// <summary>How many bytes a contact's state takes, and what a long stream does to it.</summary>
internal static class StateSizes
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A set of segments as a fitness app has them.</summary>
    private static readonly string[] Typical =
    [
        """{"event":"WorkoutCompleted","where":{"all":[{"param":"type","is":"Strength"},{"param":"calories","moreThan":500}]}}""",
        """{"event":"WorkoutCompleted","count":{"atLeast":3},"period":"last 7 days"}""",
        """{"event":"WorkoutCompleted","count":{"atLeast":10},"period":"last 30 days"}""",
        """{"streak":"WorkoutStarted","previous":4,"complete":"weeks"}""",
        """{"streak":"WorkoutStarted","previous":7,"complete":"days","inAtLeast":5}""",
        """{"first":"AppInstall","period":"last week"}""",
        """{"last":"AppLogin","period":"more than 14 days ago"}""",
        """{"last":"AppLogin","period":"last 1 day"}""",
        """{"all":[{"first":"OrderPaid","period":"more than 1 year ago"},{"last":"OrderPaid","period":"last week"}]}""",
        """{"last":"CartUpdated","period":"last 1 day except last 1 hour","notFollowedBy":{"event":"OrderPaid"}}""",
        """{"event":"OrderPaid","sum":"totalCost","atLeast":100,"period":"this month"}""",
        """{"event":"OrderPaid","maximum":"totalCost","atLeast":500,"period":"last 90 days"}""",
        """{"event":"OrderPaid","distinct":"category","atLeast":3,"period":"all time"}""",
        """{"sequence":[{"event":"CartUpdated"},{"event":"OrderPaid","within":"1 hour"}],"same":"orderId","period":"last 7 days"}""",
        """{"event":"TrialStarted","period":"all time"}""",
        """{"all":[{"event":"TrialStarted","period":"last 14 days"},{"not":{"event":"SubscriptionStarted","period":"all time"}}]}""",
        """{"not":{"event":["SubscriptionCancelled","SubscriptionExpired"],"period":"last 30 days"}}""",
        """{"contact":"plan","is":"enterprise"}""",
        """{"contact":"trialEnds","during":"in exactly 3 days"}""",
        """{"sample":"10%","salt":"summer"}""",
    ];

    private static readonly string[] Types =
        ["WorkoutStarted", "WorkoutCompleted", "AppLogin", "AppLogin", "CartUpdated", "OrderPaid", "TrialStarted", "SubscriptionStarted"];

    public static void Print()
    {
        var plan = Plan.Compile([.. Typical.Select((json, i) => new PlannedSegment(i, 1, Definition.Parse(JsonElement.Parse(json), null).Definition!))]);
        foreach (var length in (int[])[0, 10, 100, 1_000, 10_000, 100_000])
            Measure(plan, length);
    }

    private static void Measure(Plan plan, int length)
    {
        var random = new Random(1);
        var facts = new ContactFacts("42", Start, "Event") { Fields = JsonElement.Parse("""{"plan":"enterprise","trialEnds":"2027-01-10"}""") };
        var changes = new List<Change>();
        var state = ContactState.New(plan, facts, Start, changes);
        var at = Start;
        var events = new List<ContactEvent>();
        for (var i = 0; i < length; i++)
        {
            at = at.AddMinutes(random.Next(600));
            events.Add(new ContactEvent
            {
                EventId = $"e{i}",
                Type = Types[random.Next(Types.Length)],
                OccurredAt = at,
                Counts = true,
                Params = JsonElement.Parse($$"""{"type":"Strength","calories":{{random.Next(900)}},"totalCost":{{random.Next(9000) / 100m}},"category":"c{{random.Next(5)}}","orderId":{{i / 4}}}"""),
            });
        }

        var watch = Stopwatch.StartNew();
        foreach (var e in events)
            Evaluator.Advance(plan, state, e, e.OccurredAt, changes);
        watch.Stop();

        var bytes = new ArrayBufferWriter<byte>();
        state.Write(bytes);
        var each = length == 0 ? 0 : watch.Elapsed.TotalMicroseconds / length;
        Console.WriteLine($"{length,8} events: {bytes.WrittenCount,6} bytes of state, {each,8:0.00} µs an event, {changes.Count} changes");
    }
}
