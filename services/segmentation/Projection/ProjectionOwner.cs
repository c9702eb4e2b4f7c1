using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using EventSegmentation.Segmentation.Telemetry;
using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>
/// Lets exactly one replica project and relay each partition: the one whose connection holds its lock. States: no connection →
/// looking for free partitions → working on some, between two rounds giving back or taking more → (fault: connection dropped,
/// pause) → no connection. Others take over as soon as the owner's connection ends.
/// </summary>
internal sealed partial class ProjectionOwner(
    StartUp startUp,
    PipelineDatabase database,
    NpgsqlDataSource calls,
    Relay relay,
    WakeUp wakeUp,
    SegmentationOptions options,
    Metrics metrics,
    TimeProvider time,
    ILogger<ProjectionOwner> logger) : BackgroundService
{
    /// <summary>How long a replica rests after a fault.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>How long a round rests that waits for another owner.</summary>
    public static readonly TimeSpan Courtesy = TimeSpan.FromMilliseconds(10);

    /// <summary>What keeps this replica from projecting, other than an outage; null while it can.</summary>
    public string? Failure { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await startUp.WaitAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.Apart.OpenConnectionAsync(stoppingToken);
                await WorkAsync(connection, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (DatabaseFaults.IsExpected(exception) || exception is OwnershipLostException)
            {
                LogInterrupted(exception.GetType().Name, exception.Message);

                // The connections that rest are as dead as the one that broke, and would each fail a call.
                calls.Clear();
                database.Pool.Clear();
            }
            catch (Exception exception)
            {
                Failure = exception.GetType().Name;
                metrics.ProjectionFailed();
                LogFailed(exception);
            }
            finally
            {
                (metrics.Partitions, relay.Partitions) = (0, []);
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WorkAsync(NpgsqlConnection connection, CancellationToken stoppingToken)
    {
        using var work = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var tasks = new[] { OwnAsync(connection, work.Token), ListenAsync(work.Token), relay.RunAsync(work.Token) };
        await Task.WhenAny(tasks);
        await work.CancelAsync();
        await Task.WhenAll(tasks);
    }

    private async Task OwnAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var partitions = await PartitionStore.EnterAsync(connection, time, cancellationToken);
        while (true)
        {
            LogOwner(partitions.Owned.Count, partitions.Owned);
            (metrics.Partitions, relay.Partitions) = (partitions.Owned.Count, partitions.Owned);
            if (partitions.Owned.Count > 0)
                await ProjectAsync(connection, partitions, cancellationToken);
            else
                await RestAsync(partitions, cancellationToken);
        }
    }

    private async Task RestAsync(PartitionStore partitions, CancellationToken cancellationToken)
    {
        Failure = null;
        while (!await partitions.HasChangedAsync(cancellationToken))
            await Task.Delay(PartitionStore.Interval, time, cancellationToken);
    }

    // With other partitions it begins anew: that is rare, and nothing is kept of what is no longer its own.
    private async Task ProjectAsync(NpgsqlConnection connection, PartitionStore partitions, CancellationToken cancellationToken)
    {
        var tools = new ProjectionTools(database.Pool, options, metrics, wakeUp, time, logger) { Partitions = partitions.Owned };
        await using var projection = await Projection.ResumeAsync(connection, tools, cancellationToken);
        for (var told = 0L; !await partitions.HasChangedAsync(cancellationToken);)
        {
            var isBusy = await projection.RunOnceAsync(cancellationToken);
            Failure = null;
            if (projection.Entries != told)
            {
                told = projection.Entries;
                relay.Wake();
            }

            if (!isBusy)
                await WaitAsync(projection, cancellationToken);
        }
    }

    private async Task WaitAsync(Projection projection, CancellationToken cancellationToken)
    {
        var pause = projection.MustWait ? Courtesy
            : projection.IsClockWaiting ? RelayPaceStore.Look
            : options.Poll < PartitionStore.Interval ? options.Poll : PartitionStore.Interval;
        if (projection.NextDue is { } due && due - time.GetUtcNow() is var untilDue && untilDue < pause)
            pause = untilDue;
        await wakeUp.WaitAsync(pause < MinPause ? MinPause : pause, cancellationToken);
    }

    /// <summary>The shortest rest of a loop that found nothing to do.</summary>
    private static readonly TimeSpan MinPause = TimeSpan.FromMilliseconds(1);

    // Only shortens the wait: while there is no listener the loop still looks at every poll.
    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var connection = await database.Apart.OpenConnectionAsync(cancellationToken);
                await AppendSignal.ListenAsync(connection, wakeUp.Signal, cancellationToken);
            }
            catch (Exception exception) when (DatabaseFaults.IsOfDatabase(exception))
            {
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "This replica projects and relays {Count} partitions: {Partitions}")]
    private partial void LogOwner(int count, IReadOnlyList<short> partitions);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The projection was interrupted and goes on by itself: {Fault}: {Reason}")]
    private partial void LogInterrupted(string fault, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The projection failed and is tried again")]
    private partial void LogFailed(Exception exception);
}
