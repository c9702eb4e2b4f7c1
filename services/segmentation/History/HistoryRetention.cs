using EventSegmentation.Segmentation.Schema;

namespace EventSegmentation.Segmentation.History;

/// <summary>
/// Lets unassigned and refused events go when the installation no longer keeps them. Assigned events belong to their
/// contact's stream and stay. Every replica looks now and then; a lock lets one at a time delete.
/// </summary>
internal sealed partial class HistoryRetention(
    StartUp startUp, RetentionStore store, SegmentationOptions options, TimeProvider time, ILogger<HistoryRetention> logger) : BackgroundService
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Deletes until nothing is left to delete. Returns how many events went.</summary>
    public async Task<long> RunOnceAsync(CancellationToken cancellationToken)
    {
        var before = (time.GetUtcNow() - options.EventHistoryRetention).TruncateToMicroseconds();
        var total = 0L;
        while (await store.DeleteAsync(before, RefusedEventStore.MaxKept, cancellationToken) is var deleted and > 0)
            total += deleted;
        return total;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await startUp.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                if (await RunOnceAsync(stoppingToken) is var deleted and > 0)
                    LogDeleted(deleted);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                if (DatabaseFaults.IsExpected(exception))
                    LogInterrupted(exception.GetType().Name, exception.Message);
                else
                    LogFailed(exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Events} unassigned and refused events have left the event history")]
    private partial void LogDeleted(long events);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Letting old events go was interrupted and is tried again: {Fault}: {Reason}")]
    private partial void LogInterrupted(string fault, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Letting old events go failed and is tried again")]
    private partial void LogFailed(Exception exception);
}
