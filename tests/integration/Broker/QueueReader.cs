using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace EventSegmentation.IntegrationTests.Broker;

/// <summary>A message as it lay in a queue.</summary>
public sealed record ReadMessage(string Body, IReadOnlyBasicProperties Properties)
{
    public JsonElement Json => JsonElement.Parse(Body);

    /// <summary>A header as text; null if it is missing.</summary>
    public string? Header(string name) => Properties.Headers?.TryGetValue(name, out var value) == true && value is byte[] bytes ? Encoding.UTF8.GetString(bytes) : null;
}

/// <summary>Takes messages off a queue, in order.</summary>
public sealed class QueueReader : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly Channel<ReadMessage> _messages = Channel.CreateUnbounded<ReadMessage>();

    private QueueReader(IConnection connection) => _connection = connection;

    /// <summary>Begins to read a queue, which exists or will.</summary>
    public static async Task<QueueReader> OpenAsync(TestVhost vhost, string queue)
    {
        await Deadline.UntilAsync($"queue {queue} exists", async () => await vhost.ManagementAsync("queues", queue) is not null);
        var connection = await vhost.ConnectAsync();
        var reader = new QueueReader(connection);
        var channel = await connection.CreateChannelAsync();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            var message = new ReadMessage(Encoding.UTF8.GetString(delivery.Body.Span), new BasicProperties(delivery.BasicProperties));
            await reader._messages.Writer.WriteAsync(message);
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer);
        return reader;
    }

    public Task<ReadMessage> NextAsync() => _messages.Reader.ReadAsync().AsTask().InTimeAsync();

    /// <summary>Messages that came and were not taken.</summary>
    public int Count => _messages.Reader.Count;

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
