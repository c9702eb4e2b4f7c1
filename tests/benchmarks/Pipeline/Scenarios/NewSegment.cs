using System.Diagnostics;
using EventSegmentation.Benchmarks.Pipeline.Analytical;
using EventSegmentation.Benchmarks.Pipeline.Traffic;

namespace EventSegmentation.Benchmarks.Pipeline.Scenarios;

/// <summary>
/// How long a new segment takes to be live over a stored history, by itself and beside live events, and what it does to those;
/// and how long DuckDB takes to say who is in it.
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
        var question = new SpendersQuestion(Least: 120);
        var alone = await BuildAsync(stack, "new-alone", question);
        await work.Arrival.WaitAsync(work.Sent);
        var members = await MembersAsync(stack, "new-alone");
        var answer = await AnalyticalPeer.MeasureAsync(stack, report, Name, question, members, work.Sent);
        report.Add(Name, "live, nothing else going on", alone, "s", answer is null ? null : AnalyticalPeer.Answer, answer);
        report.Add(Name, "its members", members.Count, "");

        using var sender = await Sender.OpenAsync(stack, Connections);
        var every = TimeSpan.FromSeconds(Firehose.OfRequest / (stored.Rate * LoadPercent / 100));
        var live = work.Stream("live", new(0, settings.Contacts));
        var building = Task.Run(() => BuildAsync(stack, "new-beside", new(Least: 130)));
        var delays = await OpenLoad.SendAsync(
            stack, work, sender, live, (int)(LiveAtMost / every), Firehose.OfRequest, every, () => !building.IsCompleted);
        report.Add(Name, $"live, beside {LoadPercent} % of the load", await building, "s");
        delays.AddTo(report, Name, "events meanwhile");
        await work.CheckAsync(Name, settings.Contacts);
    }

    // Ingestion closes connections that are idle for as long as it takes to project a long history, so the load has its own.
    private static async Task StoreAsync(Stack stack, IReadOnlyList<ReadyRequest> requests)
    {
        using var sender = await Sender.OpenAsync(stack, Connections);
        await sender.SendAsync(requests);
    }

    // Seconds from asking for it to its serving.
    private static async Task<double> BuildAsync(Stack stack, string key, SpendersQuestion question)
    {
        var started = Stopwatch.GetTimestamp();
        await stack.CallAsync(HttpMethod.Post, "/api/segments", new { key, name = key, condition = question.Condition });
        await stack.BuiltAsync();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<HashSet<long>> MembersAsync(Stack stack, string key)
    {
        await using var command = stack.Database.CreateCommand("""
            select m.contact_id from segmentation.memberships m join segmentation.editions e on e.id = m.edition_id and e.state = 'live'
            join segmentation.segments s on s.id = e.segment_id where s.key = $1
            """);
        command.Parameters.Add(new() { Value = key });
        await using var reader = await command.ExecuteReaderAsync();
        var members = new HashSet<long>();
        while (await reader.ReadAsync())
            members.Add(reader.GetInt64(0));
        return members;
    }
}
