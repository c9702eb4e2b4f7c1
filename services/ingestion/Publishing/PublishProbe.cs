using RabbitMQ.Client;

namespace EventSegmentation.Ingestion.Publishing;

/// <summary>Asks the broker, by a connection that is used for nothing else, whether it confirms messages to anybody.</summary>
internal static class PublishProbe
{
    /// <summary>Leads to no queue: a message with it is confirmed and dropped.</summary>
    private const string RoutingKey = "event-segmentation.probe";

    /// <summary>Returns within twice the confirm timeout and the time that giving up a connection takes.</summary>
    public static async Task<bool> IsConfirmedAsync(IngestionOptions options, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.ConfirmTimeout * 2);
        try
        {
            var connection = await BrokerConnection.OpenAsync(options, "event-segmentation-ingestion-probe", limit.Token).WaitAsync(limit.Token);
            try
            {
                var channel = await connection.CreateChannelAsync(
                    new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), limit.Token).WaitAsync(limit.Token);
                await channel.BasicPublishAsync(exchange: "", RoutingKey, body: ReadOnlyMemory<byte>.Empty, limit.Token).AsTask().WaitAsync(limit.Token);
                return true;
            }
            finally
            {
                await BrokerConnection.GiveUpAsync(connection);
            }
        }
        catch (Exception failure) when (BrokerConnection.IsFailure(failure) && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
