using System.Text.Json;
using EventSegmentation.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace EventSegmentation.IntegrationTests.Chaos.Load;

/// <summary>A subscriber as one downstream would be: a durable queue of its own, acknowledgement after the work, a new connection after each fault.</summary>
internal sealed class DurableSubscriber(Uri broker)
{
    public const string Queue = "chaos-subscriber";

    private const ushort Prefetch = 50;

    private readonly Lock _lock = new();
    private readonly List<SegmentTransition> _received = [];

    /// <summary>All that came, in the order in which it came, repeats included.</summary>
    public IReadOnlyList<SegmentTransition> Received
    {
        get
        {
            lock (_lock)
                return [.. _received];
        }
    }

    /// <summary>Makes the queue: nothing that is published from now on is missed.</summary>
    public async Task BindAsync()
    {
        await using var connection = await ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        await channel.QueueBindAsync(Queue, BrokerNames.TransitionsExchange, "#");
    }

    /// <summary>Receives until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await ReceiveAsync(stop);
            }
            catch (Exception exception) when (exception is RabbitMQClientException or IOException or TimeoutException or OperationCanceledException or ObjectDisposedException)
            {
                await Task.Delay(Sending.RetryPause, CancellationToken.None);
            }
        }
    }

    private async Task ReceiveAsync(CancellationToken stop)
    {
        var connection = await ConnectAsync().WaitAsync(Sending.AnswerLimit, stop);
        try
        {
            var channel = await connection.CreateChannelAsync(cancellationToken: stop);
            await channel.BasicQosAsync(0, Prefetch, global: false, stop);
            var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            channel.ChannelShutdownAsync += (_, _) =>
            {
                lost.TrySetResult();
                return Task.CompletedTask;
            };
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += async (_, delivery) =>
            {
                var transition = JsonSerializer.Deserialize<SegmentTransition>(delivery.Body.Span, JsonSerializerOptions.Web)!;
                lock (_lock)
                    _received.Add(transition);
                await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
            };
            await channel.BasicConsumeAsync(Queue, autoAck: false, consumer, stop);
            await lost.Task.WaitAsync(stop);
        }
        finally
        {
            await connection.DisposeAsync().AsTask().WaitAsync(Sending.AnswerLimit, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task<IConnection> ConnectAsync() => new ConnectionFactory { Uri = broker, AutomaticRecoveryEnabled = false }.CreateConnectionAsync("chaos subscriber");
}
