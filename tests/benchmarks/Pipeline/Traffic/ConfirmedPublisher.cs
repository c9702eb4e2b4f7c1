using RabbitMQ.Client;

namespace EventSegmentation.Benchmarks.Pipeline.Traffic;

/// <summary>Publishes the bodies of requests over AMQP with a raw client: persistent, each confirmed.</summary>
internal static class ConfirmedPublisher
{
    /// <summary>Messages on their way to being confirmed at one time.</summary>
    public const int InFlight = 64;

    /// <summary>Returns when all are confirmed.</summary>
    public static async Task PublishAsync(IConnection connection, IReadOnlyList<ReadyRequest> requests, string exchange)
    {
        await using var channel = await connection.CreateChannelAsync(new(
            publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null));
        using var free = new SemaphoreSlim(InFlight);
        var properties = new BasicProperties { ContentType = "application/json", Persistent = true };
        var confirmed = new List<Task>(requests.Count);
        foreach (var request in requests)
        {
            await free.WaitAsync();
            confirmed.Add(ConfirmedAsync(channel.BasicPublishAsync(exchange, "", mandatory: false, properties, request.Body)));
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
