using System.Diagnostics;
using EventSegmentation.Benchmarks.Pipeline.Machine;
using EventSegmentation.Benchmarks.Pipeline.Traffic;

namespace EventSegmentation.Benchmarks.Pipeline.Scenarios;

/// <summary>
/// All contacts leave at one instant, while events of others keep flowing. The instant is that at which a day is over since one
/// that all their events share, because the next midnight of any time zone may be an hour away; a timer is due for each, as at
/// midnight.
/// </summary>
internal static class Midnight
{
    public const string Name = "midnight";
    private const int Segments = 4;
    private const int OfRequest = 10;
    private const int LiveShare = 10;
    private const int Connections = 16;

    /// <summary>Loading goes at least at so many events a second.</summary>
    private const int LeastRate = 1_000;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LiveBefore = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LiveAtMost = TimeSpan.FromMinutes(2);

    public static async Task RunAsync(PipelineSettings settings, Report report)
    {
        await using var stack = await Stack.FreshAsync(settings);
        await SegmentSet.DefineAsync(stack, settings.Segments);
        for (var i = 0; i < Segments; i++)
            await stack.CallAsync(HttpMethod.Post, "/api/segments", Segment(i));
        await stack.BuiltAsync();
        await using var work = await FixedWork.StartAsync(stack, report, settings);

        await work.WarmUpAsync(new(settings.Contacts, settings.Contacts), settings.Events / FixedWork.WarmUpShare);

        var (wall, clock) = (TimeProvider.System.GetUtcNow(), Stopwatch.GetTimestamp());
        var ahead = Quiet + TimeSpan.FromSeconds((double)settings.Contacts / LeastRate);
        var instant = clock + (long)(ahead.TotalSeconds * Stopwatch.Frequency);
        var load = work.Stream("day", new(0, settings.Contacts, EachOnce: true), wall + ahead - Day, EventTypes.Daily);
        using var sender = await Sender.OpenAsync(stack, Connections);
        await sender.SendAsync(new RequestMaker(stack).Batches(load, settings.Contacts, Firehose.OfRequest));
        work.Note(load, settings.Contacts);
        var members = await work.Arrival.WaitAsync(work.Sent);
        if (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), instant) < LiveBefore)
            throw new InvalidOperationException($"Loading {settings.Contacts:N0} contacts went at less than {LeastRate:N0} a second: the instant has passed.");

        var rate = Firehose.RateOf(report) * LiveShare / 100;
        var every = TimeSpan.FromSeconds(OfRequest / rate);
        var live = work.Stream("live", new(settings.Contacts, settings.Contacts));
        var requests = new RequestMaker(stack).Batches(live, (int)(LiveAtMost / every) * OfRequest, OfRequest);
        await Task.Delay(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), instant) - LiveBefore);
        var before = StackUse.Of(stack);
        var drained = DrainAsync(work.Subscriber, members, settings.Contacts);
        var sent = await sender.SendEveryAsync(requests, every, () => !drained.IsCompleted);
        work.Note(live, sent.Length * OfRequest);
        var last = await drained;
        var after = StackUse.Of(stack);
        var end = await work.Arrival.WaitAsync(work.Sent);

        var seconds = Stopwatch.GetElapsedTime(instant, last).TotalSeconds;
        report.Add(Name, "exits at one instant", settings.Contacts, "");
        report.Add(Name, "until the last is received", seconds, "s");
        report.Add(Name, "exits a second", settings.Contacts / seconds, "");
        after.AddCpu(report, Name, "exits, with what is live: ", before, settings.Contacts);
        Delays.Of(work.Subscriber.Of(members, end), live, sent, OfRequest, instant, last).AddTo(report, Name, $"{rate:0} live events/s meanwhile");
        await work.CheckAsync(Name, settings.Contacts * 2);
    }

    private static object Segment(int part)
    {
        var (from, to) = (part * EventStream.Branches / Segments, ((part + 1) * EventStream.Branches / Segments) - 1);
        return new
        {
            key = $"midnight-{part}",
            name = $"Midnight {part}",
            condition = new { @event = EventTypes.Daily, where = new { param = "branch", between = new[] { from, to } }, period = "last 1 day" },
        };
    }

    // When the last exit was received, in ticks.
    private static async Task<long> DrainAsync(Subscriber subscriber, long after, int contacts)
    {
        while (true)
        {
            var exits = subscriber.Of(after).Where(received => received.Key.StartsWith("exited.midnight-", StringComparison.Ordinal)).ToList();
            if (exits.Count == contacts)
                return exits.Max(exit => exit.At);
            await Task.Delay(Look);
        }
    }
}
