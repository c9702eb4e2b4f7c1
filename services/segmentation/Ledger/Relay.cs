using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using EventSegmentation.Segmentation.Telemetry;
using Polly;

namespace EventSegmentation.Segmentation.Ledger;

/// <summary>
/// Publishes the ledger's part of some partitions in its order and moves their checkpoints once the broker has confirmed. After a
/// fault the batch is sent again, with the same ids. Where a contact is published says its id alone, whatever merges do. Two that
/// publish the same for a moment, because a partition has gone from one to the other, send some twice and none before its
/// turn: each begins after what was confirmed.
/// </summary>
internal sealed partial class Relay(
    PipelineDatabase database, SegmentationOptions options, Metrics metrics, TimeProvider time, ILogger<Relay> logger) : IDisposable
{
    /// <summary>The most transitions that go out before the checkpoint moves.</summary>
    public const int MaxBatch = 2_000;

    /// <summary>The most of the ledger that one look passes over: a silent swap leaves many rows that nobody is told of.</summary>
    public const int MaxStride = 100_000;

    /// <summary>The longest pause between two tries while the broker or the database is away.</summary>
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(2);

    private readonly WakeUp _wakeUp = new();
    private volatile IReadOnlyList<short> _partitions = [];

    // Confirmed by the broker; the next look moves the checkpoint before it reads.
    private PublishedLedger? _published;

    /// <summary>What is published here; may change at any time.</summary>
    public IReadOnlyList<short> Partitions
    {
        get => _partitions;
        set => _partitions = value;
    }

    /// <summary>Says that the ledger has grown.</summary>
    public void Wake() => _wakeUp.Signal();

    /// <summary>Relays until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _published = null;
        await using var publisher = new TransitionPublisher(options, time);
        var retry = BuildRetry();
        while (true)
        {
            var hasMore = await retry.ExecuteAsync(async cancellation => await RelayAsync(publisher, cancellation), cancellationToken);
            if (!hasMore)
                await _wakeUp.WaitAsync(options.Poll, cancellationToken);
        }
    }

    public void Dispose() => _wakeUp.Dispose();

    /// <summary>One batch; true if there may be more, or the checkpoint is yet to be moved.</summary>
    private async Task<bool> RelayAsync(TransitionPublisher publisher, CancellationToken cancellationToken)
    {
        var partitions = Partitions;
        if (partitions.Count == 0)
            return false;

        // Forgotten if the look fails: the database that answers next may be another one, whose ledger ends before.
        var published = _published;
        _published = null;
        await using var connection = await database.Pool.OpenConnectionAsync(cancellationToken);
        var news = await LedgerStore.ReadNewsAsync(connection, published, partitions, MaxStride, MaxBatch, cancellationToken);
        metrics.RelayLag = news.End - news.Positions.First;
        if (news.Reached <= news.Positions.First)
            return false;

        await publisher.PublishAsync(
            [.. news.Told.Select(row => new OutgoingTransition(row.Transition(news.Identifiers[row.Entry.ContactId]), row.Entry.TraceParent))], cancellationToken);
        var now = time.GetUtcNow();
        foreach (var row in news.Told)
            metrics.Published(row.Entry, now);
        _published = new(partitions, news.Reached);
        return true;
    }

    private ResiliencePipeline BuildRetry() =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(OutageRetry.Of("relay", _ => true, MaxPause, metrics, told: fault => LogRetry(fault.GetType().Name, fault.Message)))
            .Build();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Publishing transitions failed and is tried again: {Fault}: {Reason}")]
    private partial void LogRetry(string fault, string reason);
}
