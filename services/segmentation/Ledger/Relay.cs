using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Telemetry;
using Npgsql;
using Polly;
using Polly.Retry;

namespace EventSegmentation.Segmentation.Ledger;

/// <summary>
/// Publishes the ledger in its order and moves its checkpoint once the broker has confirmed. After a fault the batch is
/// sent again, with the same ids.
/// </summary>
internal sealed partial class Relay(
    NpgsqlDataSource database, BrokerBus bus, SegmentationOptions options, Metrics metrics, TimeProvider time, ILogger<Relay> logger) : IDisposable
{
    /// <summary>The most transitions that go out before the checkpoint moves.</summary>
    public const int MaxBatch = 500;

    /// <summary>The longest pause between two tries while the broker or the database is away.</summary>
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(2);

    private const string Checkpoint = "relay";

    private readonly WakeUp _wakeUp = new();

    /// <summary>Says that the ledger has grown.</summary>
    public void Wake() => _wakeUp.Signal();

    /// <summary>Relays until it is cancelled. Only the owner of the projection runs it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var publisher = new TransitionPublisher(bus, options);
        var retry = BuildRetry();
        while (true)
        {
            var sent = await retry.ExecuteAsync(async cancellation => await RelayAsync(publisher, cancellation), cancellationToken);
            if (sent < MaxBatch)
                await _wakeUp.WaitAsync(options.Poll, cancellationToken);
        }
    }

    public void Dispose() => _wakeUp.Dispose();

    private async Task<int> RelayAsync(TransitionPublisher publisher, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var position = await CheckpointStore.ReadAsync(connection, Checkpoint, cancellationToken);
        var waiting = await LedgerStore.ReadAsync(connection, position, MaxBatch, cancellationToken);
        metrics.RelayLag = await LedgerStore.EndAsync(connection, cancellationToken) - position;
        if (waiting.Count == 0)
            return 0;

        var told = waiting.FindAll(row => row.Entry.IsTold);
        var identifiers = await LedgerStore.IdentifiersAsync(connection, told, cancellationToken);
        await publisher.PublishAsync(
            [.. told.Select(row => new OutgoingTransition(row.Transition(identifiers[row.Entry.ContactId]), row.Entry.TraceParent))], cancellationToken);
        var now = time.GetUtcNow();
        foreach (var row in told)
            metrics.Published(row.Entry, now);
        await CheckpointStore.RaiseAsync(connection, Checkpoint, waiting[^1].Position, cancellationToken);
        return waiting.Count;
    }

    private ResiliencePipeline BuildRetry() =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                Name = "relay",
                ShouldHandle = args => ValueTask.FromResult(
                    args.Outcome.Exception is not null && !args.Context.CancellationToken.IsCancellationRequested),
                MaxRetryAttempts = int.MaxValue,
                Delay = TimeSpan.FromMilliseconds(100),
                MaxDelay = MaxPause,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                OnRetry = args =>
                {
                    LogRetry(args.Outcome.Exception!.GetType().Name, args.Outcome.Exception.Message);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Publishing transitions failed and is tried again: {Fault}: {Reason}")]
    private partial void LogRetry(string fault, string reason);
}
