using EventSegmentation.Contracts;
using RabbitMQ.Client.Exceptions;

namespace EventSegmentation.Segmentation.Telemetry;

/// <summary>Asks the broker now and then how many batches wait, for the metric, and so knows whether it answers at all.</summary>
internal sealed class QueueWatch(SegmentationOptions options, Metrics metrics, TimeProvider time) : BackgroundService
{
    /// <summary>How often it asks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>True if the broker answered when it was last asked.</summary>
    public bool Answers { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await WatchAsync(timer, stoppingToken);
            }
            catch (Exception exception) when (exception is RabbitMQClientException or IOException or TimeoutException)
            {
                // Away, or the queue is not there yet; the next tick tries again.
                Answers = false;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task WatchAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        var connection = await BrokerConnection.OpenAsync(options, "segmentation queue watch", stoppingToken);
        try
        {
            var channel = await connection.CreateChannelAsync(cancellationToken: stoppingToken);
            do
            {
                Answers = channel.IsOpen;
                metrics.Queued = await channel.MessageCountAsync(BrokerNames.NormalizedQueue, stoppingToken);
                metrics.QueuedImports = await channel.MessageCountAsync(BrokerNames.ImportsQueue, stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        finally
        {
            Answers = false;
            await BrokerConnection.GiveUpAsync(connection);
        }
    }
}
