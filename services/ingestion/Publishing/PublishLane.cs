using System.Diagnostics;
using System.Threading.Channels;
using EventSegmentation.Ingestion.Telemetry;

namespace EventSegmentation.Ingestion.Publishing;

/// <summary>
/// Publishes events at once while nothing is in flight, and else gathers those of concurrent requests for a few milliseconds
/// into one message; several messages are published at a time. While all places in flight are taken the next message goes on
/// growing, so load makes messages larger and not later. Live events and imports have a lane each: they share no message, no queue and no places.
/// </summary>
/// <param name="maxInFlight">Messages that may wait for the broker's confirm at one time.</param>
/// <param name="publish">Publishes a batch; never throws.</param>
internal sealed class PublishLane(
    int maxInFlight, Func<GatheredBatch, Task<PublishOutcome>> publish, IngestionOptions options, IngestionTelemetry telemetry, TimeProvider time) : IDisposable
{
    // Each request holds at least one event, so the queue cannot fill before the count of events does.
    private readonly Channel<WaitingEvents> _queue = Channel.CreateBounded<WaitingEvents>(
        new BoundedChannelOptions(options.MaxWaitingEvents) { SingleReader = true });

    private readonly SemaphoreSlim _places = new(maxInFlight, maxInFlight);
    private int _waiting;

    /// <summary>Completes when the broker has confirmed the events, or with the reason why not.</summary>
    public async Task<PublishOutcome> PublishAsync(WaitingEvents request)
    {
        var count = request.Events.Count;
        try
        {
            if (Interlocked.Add(ref _waiting, count) > options.MaxWaitingEvents)
                return PublishOutcome.Busy;
            telemetry.Waiting(count);
            try
            {
                // It is refused only when the service stops.
                return _queue.Writer.TryWrite(request) ? await request.Outcome : PublishOutcome.Unavailable;
            }
            finally
            {
                telemetry.Waiting(-count);
            }
        }
        finally
        {
            Interlocked.Add(ref _waiting, -count);
        }
    }

    /// <summary>Takes no more events; <see cref="RunAsync"/> then ends when those that were taken are answered.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>Gathers and publishes. Ends when the queue is completed and empty, not by a token: what was taken is answered.</summary>
    public async Task RunAsync()
    {
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            await _places.WaitAsync(CancellationToken.None);
            _ = SendAsync(await GatherAsync());
        }

        for (var place = 0; place < maxInFlight; place++)
            await _places.WaitAsync(CancellationToken.None);
    }

    public void Dispose() => _places.Dispose();

    // With nothing in flight, waiting would only make it later: what comes meanwhile gathers while this is in flight.
    private async Task<GatheredBatch> GatherAsync()
    {
        var batch = new GatheredBatch(options.MaxBatch, options.MaxBatchBytes);
        if (!Fill(batch) || !IsAnyInFlight)
            return batch;
        using var window = new CancellationTokenSource(options.GatherWindow, time);
        try
        {
            while (await _queue.Reader.WaitToReadAsync(window.Token) && Fill(batch))
            {
            }
        }
        catch (OperationCanceledException)
        {
            // The window is over.
        }

        return batch;
    }

    // One of the places that are taken is the next message's own.
    private bool IsAnyInFlight => _places.CurrentCount < maxInFlight - 1;

    /// <summary>Adds what waits; true if there is room for more.</summary>
    private bool Fill(GatheredBatch batch)
    {
        while (_queue.Reader.TryPeek(out var next))
        {
            if (!batch.TryAdd(next))
                return false;
            _queue.Reader.TryRead(out _);
        }

        return !batch.IsFull;
    }

    private async Task SendAsync(GatheredBatch batch)
    {
        var started = time.GetTimestamp();
        var outcome = PublishOutcome.Unavailable;
        try
        {
            using var activity = telemetry.StartPublish(batch.Traces(), batch.Count);
            outcome = await publish(batch);
            if (outcome != PublishOutcome.Confirmed)
                activity?.SetStatus(ActivityStatusCode.Error);
        }
        finally
        {
            batch.Answer(outcome);
            telemetry.Published(batch.Count, time.GetElapsedTime(started), outcome == PublishOutcome.Confirmed);
            _places.Release();
        }
    }
}
