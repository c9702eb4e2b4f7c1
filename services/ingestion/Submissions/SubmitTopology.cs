using EventSegmentation.Contracts;
using RabbitMQ.Client;

namespace EventSegmentation.Ingestion.Submissions;

/// <summary>What lies on the broker for submissions. Declared at every connect; declaring it again changes nothing.</summary>
internal static class SubmitTopology
{
    /// <summary>Durable quorum queue: submissions wait here for ingestion; its replicas share it.</summary>
    public const string Queue = BrokerNames.SubmitExchange + ".waiting";

    /// <summary>The exchange to which MassTransit senders publish <see cref="SubmitEvents"/> by default.</summary>
    public const string MassTransitExchange = "EventSegmentation.Contracts:" + nameof(SubmitEvents);

    /// <summary>
    /// How often a submission may come back unacknowledged, before the broker sets it aside in <see cref="BrokerNames.UnreadableQueue"/>. More than
    /// outages cost one that can be read, and few enough that one that ends each connection is soon past.
    /// </summary>
    public const int MaxReturns = 20;

    public static async Task DeclareAsync(IChannel channel, CancellationToken cancellationToken)
    {
        var quorum = new Dictionary<string, object?> { ["x-queue-type"] = "quorum" };
        await channel.ExchangeDeclareAsync(BrokerNames.SubmitExchange, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(MassTransitExchange, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: cancellationToken);
        var waiting = new Dictionary<string, object?>(quorum)
        {
            ["x-delivery-limit"] = MaxReturns,
            ["x-dead-letter-exchange"] = "",
            ["x-dead-letter-routing-key"] = BrokerNames.UnreadableQueue,

            // The broker takes it off here once it is there; for that it wants this overflow, which nothing causes.
            ["x-dead-letter-strategy"] = "at-least-once",
            ["x-overflow"] = "reject-publish",
        };
        await channel.QueueDeclareAsync(BrokerNames.UnreadableQueue, durable: true, exclusive: false, autoDelete: false, quorum, cancellationToken: cancellationToken);
        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, waiting, cancellationToken: cancellationToken);
        await channel.QueueDeclareAsync(BrokerNames.RefusedQueue, durable: true, exclusive: false, autoDelete: false, quorum, cancellationToken: cancellationToken);
        await channel.ExchangeBindAsync(BrokerNames.SubmitExchange, MassTransitExchange, routingKey: "", cancellationToken: cancellationToken);
        await channel.QueueBindAsync(Queue, BrokerNames.SubmitExchange, routingKey: "", cancellationToken: cancellationToken);
    }
}
