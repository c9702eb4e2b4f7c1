using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Projection;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>
/// Appends imports in a lane of their own, and only while nothing live is kept waiting by it: while the projection and
/// the relay keep up, and no live batch waits here. So what is imported never stands in numbers before a live event: at
/// most <see cref="MaxBacklog"/> facts and one batch a replica.
/// </summary>
internal sealed class ImportQueue(AppendQueue imports, AppendQueue live, BacklogStore backlog, IHostApplicationLifetime lifetime, TimeProvider time) : IHostedService
{
    /// <summary>Batches that are handed to this replica at one time; they are appended one after the other.</summary>
    public const int Prefetch = 2;

    /// <summary>The most facts to project, or transitions to publish, at which a further batch is appended.</summary>
    public const long MaxBacklog = 1_000;

    /// <summary>How long a batch waits for its turn at most: then it is appended all the same, so that imports go on, if slowly, under any load.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public Task StartAsync(CancellationToken cancellationToken) => imports.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => imports.StopAsync(cancellationToken);

    /// <inheritdoc cref="AppendQueue.AppendAsync"/>
    public async Task AppendAsync(IReadOnlyList<NormalizedEvent> events, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();

        // A service that stops waits for the batch in hand, which must not wait for its turn then.
        while (time.GetElapsedTime(started) < MaxWait && !lifetime.ApplicationStopping.IsCancellationRequested && await IsLiveWorkWaitingAsync(cancellationToken))
            await Task.Delay(Look, time, cancellationToken);
        await imports.AppendAsync(events, cancellationToken);
    }

    private async Task<bool> IsLiveWorkWaitingAsync(CancellationToken cancellationToken) =>
        live.HasWaiting || await backlog.ReadAsync(cancellationToken) > MaxBacklog;
}
