using System.Diagnostics;
using EventSegmentation.Benchmarks.Pipeline.Traffic;

namespace EventSegmentation.Benchmarks.Pipeline.Scenarios;

/// <summary>
/// How long a new segment takes to be live over a stored history, by itself and beside live events, and what it does to those.
/// The analytical database that it should be compared with could not be had where this was written.
/// </summary>
internal static class NewSegment
{
    public const string Name = "build";
    private const int LoadPercent = 50;
    private const int Connections = 16;
    private static readonly TimeSpan LiveAtMost = TimeSpan.FromMinutes(1);

    public static async Task RunAsync(PipelineSettings settings, Report report)
    {
        await using var stack = await Stack.FreshAsync(settings);
        await SegmentSet.DefineAsync(stack, settings.Segments);
        await using var work = await FixedWork.StartAsync(stack, report, settings);
        await work.WarmUpAsync(new(0, settings.Contacts), settings.Events / FixedWork.WarmUpShare);
        var history = work.Stream("history", new(0, settings.Contacts));
        var requests = new RequestMaker(stack).Batches(history, settings.Events, Firehose.OfRequest);
        var stored = await work.MeasureAsync(history, settings.Events, () => StoreAsync(stack, requests));

        report.Add(Name, "events stored before", settings.Events, "");
        report.Add(Name, "live, nothing else going on", await BuildAsync(stack, "new-alone", 120), "s");
        report.Add(Name, "its members", await MembersAsync(stack, "new-alone"), "");
        await work.Arrival.WaitAsync(work.Sent);

        using var sender = await Sender.OpenAsync(stack, Connections);
        var every = TimeSpan.FromSeconds(Firehose.OfRequest / (stored.Rate * LoadPercent / 100));
        var live = work.Stream("live", new(0, settings.Contacts));
        var building = Task.Run(() => BuildAsync(stack, "new-beside", 130));
        var delays = await OpenLoad.SendAsync(
            stack, work, sender, live, (int)(LiveAtMost / every), Firehose.OfRequest, every, () => !building.IsCompleted);
        report.Add(Name, $"live, beside {LoadPercent} % of the load", await building, "s");
        delays.AddTo(report, Name, "events meanwhile");
        Console.WriteLine("  no peer: DuckDB.NET.Data.Full does not restore here, because the package with its binaries is not served");
        await work.CheckAsync(Name, settings.Contacts);
    }

    // Ingestion closes connections that are idle for as long as it takes to project a long history, so the load has its own.
    private static async Task StoreAsync(Stack stack, IReadOnlyList<ReadyRequest> requests)
    {
        using var sender = await Sender.OpenAsync(stack, Connections);
        await sender.SendAsync(requests);
    }

    // Seconds from asking for it to its serving.
    private static async Task<double> BuildAsync(Stack stack, string key, int sum)
    {
        var started = Stopwatch.GetTimestamp();
        await stack.CallAsync(HttpMethod.Post, "/api/segments", new
        {
            key,
            name = key,
            condition = new
            {
                all = new object[]
                {
                    new { @event = "OrderPaid", sum = "totalCost", atLeast = sum, period = "all time" },
                    new { not = new { first = "SubscriptionCancelled", period = "all time" } },
                },
            },
        });
        await stack.BuiltAsync();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static Task<long> MembersAsync(Stack stack, string key) => stack.ScalarAsync($"""
        select count(*) from segmentation.memberships m join segmentation.editions e on e.id = m.edition_id and e.state = 'live'
        join segmentation.segments s on s.id = e.segment_id where s.key = '{key}'
        """);
}
