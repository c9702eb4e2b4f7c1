using System.Collections.Concurrent;
using System.Text.Json;
using EventSegmentation.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>A transition as a plain AMQP client received it.</summary>
public sealed record Received(SegmentTransition Transition, string RoutingKey, string MessageId, DateTimeOffset ReceivedAt);

/// <summary>A subscriber that knows only the topic exchange.</summary>
public sealed class TransitionProbe : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly ConcurrentQueue<Received> _received = new();

    private TransitionProbe(IConnection connection) => _connection = connection;

    /// <summary>What has come so far, in order.</summary>
    public IReadOnlyList<Received> All => [.. _received];

    public static async Task<TransitionProbe> SubscribeAsync(Uri broker, string routingKey = "#")
    {
        var probe = new TransitionProbe(await new ConnectionFactory { Uri = broker }.CreateConnectionAsync());
        var channel = await probe._connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(BrokerNames.TransitionsExchange, ExchangeType.Topic, durable: true);
        var queue = await channel.QueueDeclareAsync();
        await channel.QueueBindAsync(queue.QueueName, BrokerNames.TransitionsExchange, routingKey);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            var transition = JsonSerializer.Deserialize<SegmentTransition>(delivery.Body.Span, JsonSerializerOptions.Web)!;
            probe._received.Enqueue(new(transition, delivery.RoutingKey, delivery.BasicProperties.MessageId!, DateTimeOffset.UtcNow));
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer);
        return probe;
    }

    /// <summary>Waits for the first transition that is accepted.</summary>
    public async Task<Received> NextAsync(Func<Received, bool> isAccepted, string what, TimeSpan? limit = null) =>
        (await Eventually.BecomesAsync(() => Task.FromResult(All.FirstOrDefault(isAccepted)), found => found is not null, what, limit))!;

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();
}
