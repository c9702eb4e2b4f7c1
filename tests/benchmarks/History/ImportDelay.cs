using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation;
using MassTransit;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace EventSegmentation.Benchmarks.History;

/// <summary>
/// What imports do to live events: from publishing a live event to the receipt of its transition, without imports and
/// while very many of them are taken in.
/// </summary>
internal static class ImportDelay
{
    private const string Key = "admin-key-of-the-benchmark";
    private const int Contacts = 50_000;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(10);

    public static async Task PrintAsync(int imports)
    {
        await using var database = await HistoryDatabase.CreateAsync();
        var broker = await VhostAsync(HttpMethod.Put);
        await using var service = SegmentationHost.Build(
            ["--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Warning", $"--Segmentation:Database={database.ConnectionString}", $"--Segmentation:Broker={broker}", $"--Segmentation:AdminKeys:0={Key}"]);
        await service.StartAsync();
        using var api = new HttpClient { BaseAddress = new(service.Urls.Single()) };
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        while (!(await api.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode)
            await Task.Delay(Every);
        foreach (var type in (string[])["Live", "Imported"])
            (await api.PutAsJsonAsync($"/api/event-types/{type}/segmentation", new { on = true })).EnsureSuccessStatusCode();
        (await api.PostAsJsonAsync("/api/segments", new { key = "live", name = "live", condition = new { @event = "Live" } })).EnsureSuccessStatusCode();

        var received = new ConcurrentDictionary<string, long>();
        await using var subscriber = await SubscribeAsync(broker, received);
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(broker));
        await bus.StartAsync();
        await LiveAsync(bus, received, "warm-up", TimeSpan.FromSeconds(5), () => Task.FromResult(true));
        Print("without imports", await LiveAsync(bus, received, "alone", Alone, () => Task.FromResult(true)));

        foreach (var batch in Enumerable.Range(0, imports).Chunk(EventsNormalized.MaxEvents).Chunk(16))
            await Task.WhenAll(batch.Select(chunk => bus.Publish(new ImportsNormalized { Events = [.. chunk.Select(i => Event("Imported", $"import-{i % Contacts}", $"import-{i}", import: true))] })));
        var started = Stopwatch.GetTimestamp();
        var before = await RecordedAsync(database);
        var delays = await LiveAsync(bus, received, "beside", AtMost, async () => await RecordedAsync(database) < imports);
        var taken = await RecordedAsync(database);
        Print($"beside {imports:N0} imports", delays);
        Console.WriteLine($"imports: {before:N0} were in when the last one was published, {taken:N0} at the end; {(taken - before) / Stopwatch.GetElapsedTime(started).TotalSeconds:0} a second between");

        await bus.StopAsync();
        await service.StopAsync();
        await VhostAsync(HttpMethod.Delete);
    }

    private static async Task<List<double>> LiveAsync(IBus bus, ConcurrentDictionary<string, long> received, string name, TimeSpan atMost, Func<Task<bool>> goesOn)
    {
        var sent = new List<(string Event, long At)>();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; Stopwatch.GetElapsedTime(started) < atMost && (i % 20 != 0 || await goesOn()); i++)
        {
            sent.Add(($"{name}-{i}", Stopwatch.GetTimestamp()));
            await bus.Publish(new EventsNormalized { Events = [Event("Live", $"{name}-{i}", $"{name}-{i}", import: false)] });
            await Task.Delay(Every);
        }

        while (sent.Any(one => !received.ContainsKey(one.Event)))
            await Task.Delay(Every);
        return [.. sent.Select(one => Stopwatch.GetElapsedTime(one.At, received[one.Event]).TotalMilliseconds).Order()];
    }

    private static void Print(string name, List<double> delays) => Console.WriteLine(
        $"{name,-28} {delays.Count,6} live events, publish to transition in ms: median {delays[delays.Count / 2],7:0.0}   95% {delays[delays.Count * 95 / 100],7:0.0}   99% {delays[delays.Count * 99 / 100],7:0.0}   most {delays[^1],7:0.0}");

    private static Task<long> RecordedAsync(HistoryDatabase database) => database.ScalarAsync("select events from segmentation.event_types where key = 'Imported'");

    private static NormalizedEvent Event(string type, string contact, string id, bool import)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new()
        {
            EventId = id,
            EventType = type,
            OccurredAt = import ? now.AddDays(-30) : now,
            ReceivedAt = now,
            Import = import,
            Params = JsonSerializer.SerializeToElement(new { ContactId = contact, type = "Strength", calories = 510, device = "phone" }),
        };
    }

    private static async Task<IConnection> SubscribeAsync(Uri broker, ConcurrentDictionary<string, long> received)
    {
        var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        var channel = await connection.CreateChannelAsync();
        var queue = await channel.QueueDeclareAsync();
        await channel.QueueBindAsync(queue.QueueName, BrokerNames.TransitionsExchange, "entered.live");
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            using var transition = JsonDocument.Parse(delivery.Body);
            received.TryAdd(transition.RootElement.GetProperty("causeEventId").GetString()!, Stopwatch.GetTimestamp());
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer);
        return connection;
    }

    // A virtual host of the benchmark's own on the broker that TEST_AMQP names.
    private static async Task<Uri> VhostAsync(HttpMethod method)
    {
        var (broker, management) = (new Uri(Environment.GetEnvironmentVariable("TEST_AMQP")!), new Uri(Environment.GetEnvironmentVariable("TEST_BROKER_MANAGEMENT")!));
        using var client = new HttpClient { BaseAddress = new($"{management.Scheme}://{management.Authority}/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(management.UserInfo))));
        (await client.SendAsync(new HttpRequestMessage(method, "api/vhosts/benchmark"))).EnsureSuccessStatusCode();
        if (method == HttpMethod.Put)
            (await client.PutAsJsonAsync($"api/permissions/benchmark/{broker.UserInfo.Split(':')[0]}", new { configure = ".*", write = ".*", read = ".*" })).EnsureSuccessStatusCode();
        return new($"amqp://{broker.UserInfo}@{broker.Host}:{broker.Port}/benchmark");
    }
}
