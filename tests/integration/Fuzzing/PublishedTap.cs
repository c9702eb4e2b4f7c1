using System.Collections.Concurrent;
using System.Text.Json;
using EventSegmentation.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>Counts by id what ingestion publishes, beside segmentation: from a queue of its own on the same exchanges.</summary>
internal sealed class PublishedTap : IAsyncDisposable
{
    private static readonly string[] Exchanges = [$"EventSegmentation.Contracts:{nameof(EventsNormalized)}", $"EventSegmentation.Contracts:{nameof(ImportsNormalized)}"];

    private readonly IConnection _connection;
    private readonly ConcurrentDictionary<string, int> _byId = new(StringComparer.Ordinal);
    private long _events;

    private PublishedTap(IConnection connection) => _connection = connection;

    /// <summary>Events that came, each as often as it came.</summary>
    public long Events => Interlocked.Read(ref _events);

    /// <summary>How often an event of each id came.</summary>
    public IReadOnlyDictionary<string, int> ById => _byId;

    /// <summary>Opened before the first event; the exchanges are made as MassTransit makes them.</summary>
    public static async Task<PublishedTap> OpenAsync(Uri broker)
    {
        var connection = await new ConnectionFactory { Uri = broker, ClientProvidedName = "tap" }.CreateConnectionAsync();
        var tap = new PublishedTap(connection);
        var channel = await connection.CreateChannelAsync();
        var queue = (await channel.QueueDeclareAsync()).QueueName;
        foreach (var exchange in Exchanges)
        {
            await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, autoDelete: false);
            await channel.QueueBindAsync(queue, exchange, routingKey: "");
        }

        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            using var message = JsonDocument.Parse(delivery.Body);
            foreach (var e in message.RootElement.GetProperty("message").GetProperty("events").EnumerateArray())
                tap._byId.AddOrUpdate(e.GetProperty("eventId").GetString()!, 1, (_, count) => count + 1);
            Interlocked.Add(ref tap._events, message.RootElement.GetProperty("message").GetProperty("events").GetArrayLength());
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer);
        return tap;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
