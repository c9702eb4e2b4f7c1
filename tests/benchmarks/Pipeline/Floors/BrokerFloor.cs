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
        await receiving.BasicQosAsync(0, ConfirmedPublisher.InFlight, global: false);
        await receiving.BasicConsumeAsync(Name, autoAck: false, consumer);

        var started = Stopwatch.GetTimestamp();
        await ConfirmedPublisher.PublishAsync(connection, requests, Name);
        await all.Task;
        var elapsed = Stopwatch.GetElapsedTime(started);
        await receiving.QueueDeleteAsync(Name);
        await receiving.ExchangeDeleteAsync(Name);
        return requests.Sum(request => (long)request.Events) / elapsed.TotalSeconds;
    }
}
