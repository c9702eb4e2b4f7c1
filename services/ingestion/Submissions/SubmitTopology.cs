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

    public static async Task DeclareAsync(IChannel channel, CancellationToken cancellationToken)
    {
        var quorum = new Dictionary<string, object?> { ["x-queue-type"] = "quorum" };
        await channel.ExchangeDeclareAsync(BrokerNames.SubmitExchange, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(MassTransitExchange, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: cancellationToken);
        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, quorum, cancellationToken: cancellationToken);
        await channel.QueueDeclareAsync(BrokerNames.RefusedQueue, durable: true, exclusive: false, autoDelete: false, quorum, cancellationToken: cancellationToken);
        await channel.ExchangeBindAsync(BrokerNames.SubmitExchange, MassTransitExchange, routingKey: "", cancellationToken: cancellationToken);
        await channel.QueueBindAsync(Queue, BrokerNames.SubmitExchange, routingKey: "", cancellationToken: cancellationToken);
    }
}
