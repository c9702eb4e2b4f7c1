using System.Diagnostics;
using System.Threading.Channels;
using EventSegmentation.Contracts;
using EventSegmentation.Ingestion.Telemetry;
using MassTransit;
using Polly;
using Polly.CircuitBreaker;

namespace EventSegmentation.Ingestion.Publishing;

/// <summary>
/// The one way out. Gathers the events of concurrent requests for a few milliseconds into one message,
/// publishes several messages at a time, and answers each request after the broker confirmed its message.
/// While all places in flight are taken the next message goes on growing, so load makes messages larger
/// and not later.
/// </summary>
internal sealed partial class EventPublisher(
    BrokerBus bus,
    PublishGuard guard,
    IngestionOptions options,
    IngestionTelemetry telemetry,
    TimeProvider time,
    ILogger<EventPublisher> log) : BackgroundService
{
    // Each request holds at least one event, so the queue cannot fill before the count of events does.
    private readonly Channel<WaitingEvents> _queue = Channel.CreateBounded<WaitingEvents>(
        new BoundedChannelOptions(options.MaxWaitingEvents) { SingleReader = true });

    private readonly SemaphoreSlim _places = new(options.MaxInFlight, options.MaxInFlight);
    private int _waiting;

    /// <summary>Publishes events of one request together, in their order. Completes when the broker has confirmed them, or with the reason why not.</summary>
    public async Task<PublishOutcome> PublishAsync(IReadOnlyList<NormalizedEvent> events)
    {
        var request = new WaitingEvents(events, Activity.Current?.Context ?? default);
        try
        {
            if (Interlocked.Add(ref _waiting, events.Count) > options.MaxWaitingEvents)
                return PublishOutcome.Busy;
            telemetry.Waiting(events.Count);
            try
            {
                // It is refused only when the service stops.
                return _queue.Writer.TryWrite(request) ? await request.Outcome : PublishOutcome.Unavailable;
            }
            finally
            {
                telemetry.Waiting(-events.Count);
            }
        }
        finally
        {
            Interlocked.Add(ref _waiting, -events.Count);
        }
    }

    /// <summary>Takes no more events and waits until those that were taken are answered.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } gathering)
            await gathering.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    // Ends when the queue is completed and empty, not by the token: what was taken is answered.
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            await _places.WaitAsync(CancellationToken.None);
            _ = SendAsync(await GatherAsync());
        }

        for (var place = 0; place < options.MaxInFlight; place++)
            await _places.WaitAsync(CancellationToken.None);
    }

    private async Task<GatheredBatch> GatherAsync()
    {
        var batch = new GatheredBatch(options.MaxBatch, options.MaxBatchBytes);
        using var window = new CancellationTokenSource(options.GatherWindow, time);
        try
        {
            do
            {
                while (_queue.Reader.TryPeek(out var next))
                {
                    if (!batch.TryAdd(next))
                        return batch;
                    _queue.Reader.TryRead(out _);
                }
            }
            while (!batch.IsFull && await _queue.Reader.WaitToReadAsync(window.Token));
        }
        catch (OperationCanceledException)
        {
            // The window is over.
        }

        return batch;
    }

    private async Task SendAsync(GatheredBatch batch)
    {
        var started = time.GetTimestamp();
        var outcome = PublishOutcome.Unavailable;
        try
        {
            using var activity = telemetry.StartPublish(batch.Traces(), batch.Count);
            outcome = await TryPublishAsync(batch);
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

    private async Task<PublishOutcome> TryPublishAsync(GatheredBatch batch)
    {
        try
        {
            var message = batch.ToMessage();
            await guard.RunAsync(cancel => bus.Current.Publish(message, context => context.Mandatory = true, cancel));
            return PublishOutcome.Confirmed;
        }
        catch (BrokenCircuitException)
        {
            return PublishOutcome.Unavailable;
        }
        catch (Exception failure)
        {
            // Whatever the transport throws, the one thing known is that there was no confirm.
            NotConfirmed(batch.Count, batch.Requests.Count, failure.GetType().Name, failure.Message);
            return PublishOutcome.Unavailable;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Events} events of {Requests} requests were not confirmed by the broker: {Failure}: {Reason}")]
    private partial void NotConfirmed(int events, int requests, string failure, string reason);
}
