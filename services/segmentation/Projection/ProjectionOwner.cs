using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using EventSegmentation.Segmentation.Telemetry;
using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>
/// Lets exactly one replica project and relay: the one whose connection holds the lock. States:
/// waiting for the lock → working → (fault: connection dropped, pause) → waiting. Another replica takes over as soon as
/// the owner's connection ends.
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
    /// <summary>How long a replica that is not the owner waits before it asks again, and how long it rests after a fault.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

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
                if (await AdvisoryLocks.TryHoldAsync(connection, AdvisoryLocks.Projection, stoppingToken))
                    await WorkAsync(connection, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (DatabaseFaults.IsExpected(exception) || exception is OwnershipLostException or HistoryMissingException)
            {
                LogInterrupted(exception.GetType().Name, exception.Message);

                // The connections that rest are as dead as the one that broke, and would each fail a call.
                calls.Clear();
                database.Pool.Clear();
            }
            catch (Exception exception)
            {
                Failure = exception.GetType().Name;
                LogFailed(exception);
            }
            finally
            {
                metrics.IsOwner = false;
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WorkAsync(NpgsqlConnection connection, CancellationToken stoppingToken)
    {
        LogOwner();
        metrics.IsOwner = true;
        using var work = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var tasks = new[] { ProjectAsync(connection, work.Token), ListenAsync(work.Token), relay.RunAsync(work.Token) };
        await Task.WhenAny(tasks);
        await work.CancelAsync();
        await Task.WhenAll(tasks);
    }

    private async Task ProjectAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var projection = await Projection.ResumeAsync(connection, new(database.Pool, options, metrics, wakeUp, time, logger), cancellationToken);
        var told = projection.LedgerEnd;
        while (true)
        {
            var isBusy = await projection.RunOnceAsync(cancellationToken);
            Failure = null;
            if (projection.LedgerEnd != told)
            {
                told = projection.LedgerEnd;
                relay.Wake();
            }

            if (isBusy)
                continue;
            var pause = options.Poll;
            if (await projection.NextDueAsync(cancellationToken) is { } due && due - time.GetUtcNow() is var untilDue && untilDue < pause)
                pause = untilDue;
            await wakeUp.WaitAsync(pause < MinPause ? MinPause : pause, cancellationToken);
        }
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
                await using var connection = await database.Pool.OpenConnectionAsync(cancellationToken);
                await AppendSignal.ListenAsync(connection, wakeUp.Signal, cancellationToken);
            }
            catch (NpgsqlException)
            {
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "This replica projects and relays")]
    private partial void LogOwner();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The projection was interrupted and goes on by itself: {Fault}: {Reason}")]
    private partial void LogInterrupted(string fault, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The projection failed and is tried again")]
    private partial void LogFailed(Exception exception);
}
