using EventSegmentation.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EventSegmentation.Segmentation.Telemetry;

/// <summary>Asks the broker now and then how many batches wait, for the metric.</summary>
internal sealed class QueueWatch(SegmentationOptions options, Metrics metrics, TimeProvider time) : BackgroundService
{
    /// <summary>How often it asks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var factory = new ConnectionFactory { Uri = new(options.Broker), ClientProvidedName = "segmentation queue watch", AutomaticRecoveryEnabled = false };
        using var timer = new PeriodicTimer(Interval, time);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await factory.CreateConnectionAsync(stoppingToken);
                await using var channel = await connection.CreateChannelAsync(cancellationToken: stoppingToken);
                do
                {
                    metrics.IsBrokerThere = channel.IsOpen;
                    metrics.Queued = await channel.MessageCountAsync(BrokerNames.NormalizedQueue, stoppingToken);
                }
                while (await timer.WaitForNextTickAsync(stoppingToken));
            }
            catch (Exception exception) when (exception is RabbitMQClientException or IOException)
            {
                metrics.IsBrokerThere = false;

                // Away, or the queue is not there yet; the next tick tries again.
                await timer.WaitForNextTickAsync(stoppingToken);
            }
        }
    }
}
