using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using EventSegmentation.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace EventSegmentation.Benchmarks.Pipeline;

/// <summary>
/// Receives all transitions, as plain JSON over AMQP, and notes when each place of the ledger first came and which event was
/// its cause. Its queue is not durable, and what it was given needs no acknowledgement: a subscriber that costs little.
/// </summary>
internal sealed class Subscriber : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly Lock _lock = new();
    private readonly List<Received> _received = [];
    private int _distinct;

    private Subscriber(IConnection connection) => _connection = connection;

    /// <param name="At">When it was received, in ticks of <see cref="Stopwatch"/>; 0 if it has not been.</param>
    /// <param name="Key">The routing key: entered or exited, and the segment.</param>
    /// <param name="CauseEventId">Null if no event was the cause.</param>
    public readonly record struct Received(long At, string Key, string? CauseEventId);

    /// <summary>Subscribes; whatever is sent from now on is received.</summary>
    public static async Task<Subscriber> StartAsync(Stack stack)
    {
        var subscriber = new Subscriber(await stack.ConnectAsync("subscriber"));
        var channel = await subscriber._connection.CreateChannelAsync();
        var queue = await channel.QueueDeclareAsync();
        await channel.QueueBindAsync(queue.QueueName, BrokerNames.TransitionsExchange, "#");
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            subscriber.Take(delivery.RoutingKey, delivery.Body.Span);
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer);
        return subscriber;
    }

    /// <summary>How many of the ledger's first places have not come; while many are missing, at least so many.</summary>
    public long Missing(long to)
    {
        lock (_lock)
            return _distinct < to ? to - _distinct : to - Places(0, to).Count(received => received.At > 0);
    }

    /// <summary>Transitions whose places lie after one up to another, as far as they have come, in their order.</summary>
    public IReadOnlyList<Received> Of(long after, long to = int.MaxValue)
    {
        lock (_lock)
            return [.. Places(after, to).Where(received => received.At > 0)];
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private IEnumerable<Received> Places(long after, long to) =>
        _received.Skip((int)after + 1).Take((int)Math.Min(to - after, _received.Count));

    private void Take(string key, ReadOnlySpan<byte> message)
    {
        var at = Stopwatch.GetTimestamp();
        var (position, cause) = Read(message);
        lock (_lock)
        {
            if (position >= _received.Count)
                CollectionsMarshal.SetCount(_received, position + 1);
            if (_received[position].At > 0)
                return;
            _received[position] = new(at, key, cause);
            _distinct++;
        }
    }

    private static (int Position, string? CauseEventId) Read(ReadOnlySpan<byte> message)
    {
        var (position, cause) = (0, (string?)null);
        var json = new Utf8JsonReader(message);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("position"u8))
            {
                json.Read();
                position = json.GetInt32();
            }
            else if (json.ValueTextEquals("causeEventId"u8))
            {
                json.Read();
                cause = json.GetString();
            }
            else
            {
                json.Skip();
            }
        }

        return position > 0 ? (position, cause) : throw new InvalidDataException("A transition came without a position.");
    }
}
