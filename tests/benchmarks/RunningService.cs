using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EventSegmentation.Benchmarks.History;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace EventSegmentation.Benchmarks;

/// <summary>
/// The segmentation service over a benchmark's database, with a segment <c>live</c> of whoever sent a <c>Live</c> event, and what
/// measures how long it takes from publishing such an event to the receipt of its transition.
/// </summary>
internal sealed class RunningService : IAsyncDisposable
{
    private const string Key = "admin-key-of-the-benchmark";
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(50);

    private readonly WebApplication _service;
    private readonly ConcurrentDictionary<string, long> _received = new();
    private readonly IBusControl _bus;
    private IConnection? _subscriber;

    private RunningService(WebApplication service, Uri broker)
    {
        _service = service;
        _bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(broker));
        Api = new HttpClient { BaseAddress = new(service.Urls.Single()) };
        Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
    }

    /// <summary>Calls the service with an admin key.</summary>
    public HttpClient Api { get; }

    public IBus Bus => _bus;

    /// <summary>Starts the service with these types used for segmentation, and warms it up.</summary>
    public static async Task<RunningService> StartAsync(HistoryDatabase database, params string[] types)
    {
        var broker = await VhostAsync(HttpMethod.Put);
        var service = SegmentationHost.Build(
            ["--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Warning", $"--Segmentation:Database={database.ConnectionString}", $"--Segmentation:Broker={broker}", $"--Segmentation:AdminKeys:0={Key}"]);
        await service.StartAsync();
        var running = new RunningService(service, broker);
        while (!(await running.Api.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode)
            await Task.Delay(Every);
        foreach (var type in types.Append("Live"))
            (await running.Api.PutAsJsonAsync($"/api/event-types/{type}/segmentation", new { on = true })).EnsureSuccessStatusCode();
        (await running.Api.PostAsJsonAsync("/api/segments", new { key = "live", name = "live", condition = new { @event = "Live" } })).EnsureSuccessStatusCode();
        running._subscriber = await running.SubscribeAsync(broker);
        await running._bus.StartAsync();
        await running.LiveAsync("warm-up", TimeSpan.FromSeconds(5), () => Task.FromResult(true));
        return running;
    }

    /// <summary>Sends live events, one at a time, as long as it goes on; returns their delays in milliseconds, sorted.</summary>
    public async Task<List<double>> LiveAsync(string name, TimeSpan atMost, Func<Task<bool>> goesOn)
    {
        var sent = new List<(string Event, long At)>();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; Stopwatch.GetElapsedTime(started) < atMost && (i % 20 != 0 || await goesOn()); i++)
        {
            sent.Add(($"{name}-{i}", Stopwatch.GetTimestamp()));
            await _bus.Publish(new EventsNormalized { Events = [Event("Live", $"{name}-{i}", $"{name}-{i}", import: false)] });
            await Task.Delay(Every);
        }

        while (sent.Any(one => !_received.ContainsKey(one.Event)))
            await Task.Delay(Every);
        return [.. sent.Select(one => Stopwatch.GetElapsedTime(one.At, _received[one.Event]).TotalMilliseconds).Order()];
    }

    public static void Print(string name, List<double> delays) => Console.WriteLine(
        $"{name,-28} {delays.Count,6} live events, publish to transition in ms: median {delays[delays.Count / 2],7:0.0}   95% {delays[delays.Count * 95 / 100],7:0.0}   99% {delays[delays.Count * 99 / 100],7:0.0}   most {delays[^1],7:0.0}");

    public async ValueTask DisposeAsync()
    {
        await _bus.StopAsync();
        if (_subscriber is { } subscriber)
            await subscriber.DisposeAsync();
        Api.Dispose();
        await _service.StopAsync();
        await _service.DisposeAsync();
        await VhostAsync(HttpMethod.Delete);
    }

    /// <summary>An event of a contact that its alias names.</summary>
    public static NormalizedEvent Event(string type, string contact, string id, bool import)
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

    private async Task<IConnection> SubscribeAsync(Uri broker)
    {
        var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        var channel = await connection.CreateChannelAsync();
        var queue = await channel.QueueDeclareAsync();
        await channel.QueueBindAsync(queue.QueueName, BrokerNames.TransitionsExchange, "entered.live");
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            using var transition = JsonDocument.Parse(delivery.Body);
            _received.TryAdd(transition.RootElement.GetProperty("causeEventId").GetString()!, Stopwatch.GetTimestamp());
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
