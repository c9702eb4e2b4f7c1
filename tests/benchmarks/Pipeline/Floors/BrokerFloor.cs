using System.Diagnostics;
using EventSegmentation.Benchmarks.Pipeline.Traffic;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace EventSegmentation.Benchmarks.Pipeline.Floors;

/// <summary>
/// The least that passing the same messages through the broker costs: a raw client, a quorum queue, each message persistent and
/// confirmed, and acknowledged by who receives it.
/// </summary>
internal static class BrokerFloor
{
    private const string Name = "bench.floor";

    /// <summary>Messages on their way to being confirmed, and to being acknowledged.</summary>
    private const ushort InFlight = 64;

    /// <summary>Returns events a second, from the first message sent to the last received.</summary>
    public static async Task<double> MeasureAsync(Stack stack, IReadOnlyList<ReadyRequest> requests)
    {
        await using var connection = await stack.ConnectAsync("floor");
        await using var receiving = await connection.CreateChannelAsync();
        await receiving.ExchangeDeclareAsync(Name, ExchangeType.Fanout, durable: true);
        await receiving.QueueDeclareAsync(Name, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        await receiving.QueueBindAsync(Name, Name, "");
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var received = 0;
        var consumer = new AsyncEventingBasicConsumer(receiving);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            await receiving.BasicAckAsync(delivery.DeliveryTag, multiple: false);
            if (++received == requests.Count)
                all.SetResult();
        };
        await receiving.BasicQosAsync(0, InFlight, global: false);
        await receiving.BasicConsumeAsync(Name, autoAck: false, consumer);

        var started = Stopwatch.GetTimestamp();
        await PublishAsync(connection, requests, Name);
        await all.Task;
        var elapsed = Stopwatch.GetElapsedTime(started);
        await receiving.QueueDeleteAsync(Name);
        await receiving.ExchangeDeleteAsync(Name);
        return requests.Sum(request => (long)request.Events) / elapsed.TotalSeconds;
    }

    /// <summary>Publishes the bodies of requests, <see cref="InFlight"/> at a time; returns when all are confirmed.</summary>
    public static async Task PublishAsync(IConnection connection, IReadOnlyList<ReadyRequest> requests, string exchange)
    {
        await using var sending = await connection.CreateChannelAsync(new(
            publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null));
        using var free = new SemaphoreSlim(InFlight);
        var properties = new BasicProperties { ContentType = "application/json", Persistent = true };
        var confirmed = new List<Task>(requests.Count);
        foreach (var request in requests)
        {
            await free.WaitAsync();
            confirmed.Add(ConfirmedAsync(sending.BasicPublishAsync(exchange, "", mandatory: false, properties, request.Body)));
        }

        await Task.WhenAll(confirmed);

        async Task ConfirmedAsync(ValueTask publish)
        {
            try
            {
                await publish;
            }
            finally
            {
                free.Release();
            }
        }
    }
}
