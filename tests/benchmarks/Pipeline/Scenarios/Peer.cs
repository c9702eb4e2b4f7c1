using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using EventSegmentation.Benchmarks.Pipeline.Textbook;
using EventSegmentation.Benchmarks.Pipeline.Traffic;
using MassTransit;

namespace EventSegmentation.Benchmarks.Pipeline.Scenarios;

/// <summary>
/// The textbook pipeline on the same servers: one message an event, one transaction an event, and as many segments as elsewhere worked out
/// anew by SQL over the events every ten seconds. It begins with as many events as the firehose leaves, and tells nobody of the changes.
/// </summary>
internal static class Peer
{
    public const string Name = "peer";
    private const int Share = 20;
    private const int InFlight = 64;
    private const int Consumers = 16;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(PipelineSettings settings, Report report)
    {
        var count = settings.Events / Share;
        await using var stack = await Stack.FreshAsync(settings);
        var store = new TextbookStore(stack.Database, settings.Segments);
        await store.CreateAsync();
        await store.FillAsync(Events(settings, "peer-before", seed: 2, settings.Events - count));
        TextbookEvent[] events = [.. Events(settings, Name, seed: 1, count)];
        var (publishedAt, storedAt) = (new long[count], new long[count]);
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(stack.Broker);
            rabbit.ReceiveEndpoint("textbook", endpoint =>
            {
                endpoint.SetQuorumQueue();
                endpoint.PrefetchCount = InFlight;
                endpoint.ConcurrentMessageLimit = Consumers;
                endpoint.Consumer(() => new TextbookConsumer(store, storedAt));
            });
        });
        await bus.StartAsync();
        using var ended = new CancellationTokenSource();
        var recomputing = RecomputeAsync(store, ended.Token);
        var warmUp = count / FixedWork.WarmUpShare;
        await PassAsync(bus, events[..warmUp], publishedAt, storedAt);
        var started = Stopwatch.GetTimestamp();
        await PassAsync(bus, events[warmUp..], publishedAt, storedAt);
        var elapsed = Stopwatch.GetElapsedTime(started, storedAt.Max());
        await ended.CancelAsync();
        var rounds = await recomputing;
        await bus.StopAsync();

        var stale = Enumerable.Range(0, count)
            .Select(place => Stopwatch.GetElapsedTime(publishedAt[place], rounds.First(round => round.From >= storedAt[place]).To).TotalSeconds).Order().ToArray();
        report.Add(Name, "events stored before", settings.Events - count, "");
        report.Add(Name, "textbook pipeline", (count - warmUp) / elapsed.TotalSeconds, "events/s");
        report.Add(Name, "the firehose", Firehose.RateOf(report), "events/s", "textbook pipeline", (count - warmUp) / elapsed.TotalSeconds);
        report.Add(Name, "textbook staleness, 50 %", stale[count / 2], "s");
        report.Add(Name, "textbook staleness, 99 %", stale[count * 99 / 100], "s");
        report.Add(Name, "textbook, longest round of SQL", rounds.Max(round => Stopwatch.GetElapsedTime(round.From, round.To).TotalSeconds), "s");
    }

    private static IEnumerable<TextbookEvent> Events(PipelineSettings settings, string name, int seed, int count)
    {
        var now = TimeProvider.System.GetUtcNow();
        var stream = new EventStream(name, seed, new(0, settings.Contacts), now);
        return Enumerable.Range(0, count).Select(place =>
        {
            var @params = new ArrayBufferWriter<byte>();
            using var json = new Utf8JsonWriter(@params);
            var (type, occurredAt) = stream.Write(place, json);
            json.Flush();
            return new TextbookEvent(place, stream.IdOf(place), type, EventStream.Customer(stream.ContactOf(place)), occurredAt ?? now, Encoding.UTF8.GetString(@params.WrittenSpan));
        });
    }

    // Returns when all of them are stored.
    private static async Task PassAsync(IBus bus, TextbookEvent[] events, long[] publishedAt, long[] storedAt)
    {
        using var free = new SemaphoreSlim(InFlight);
        await Task.WhenAll(events.Select(async e =>
        {
            await free.WaitAsync();
            try
            {
                publishedAt[e.Place] = Stopwatch.GetTimestamp();
                await bus.Publish(e);
            }
            finally
            {
                free.Release();
            }
        }));
        while (Array.Exists(events, e => Volatile.Read(ref storedAt[e.Place]) == 0))
            await Task.Delay(50);
    }

    // One round more after the end, on time, so that every event is in one.
    private static async Task<List<(long From, long To)>> RecomputeAsync(TextbookStore store, CancellationToken ended)
    {
        var rounds = new List<(long From, long To)>();
        for (var isLast = false; ; isLast = ended.IsCancellationRequested)
        {
            await Task.Delay(Every, CancellationToken.None);
            var from = Stopwatch.GetTimestamp();
            await store.RecomputeAsync();
            rounds.Add((from, Stopwatch.GetTimestamp()));
            if (isLast)
                return rounds;
        }
    }
}
