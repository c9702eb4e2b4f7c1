using System.Diagnostics;
using EventSegmentation.Contracts;
using EventSegmentation.Ingestion.Telemetry;
using MassTransit;
using Polly.CircuitBreaker;

namespace EventSegmentation.Ingestion.Publishing;

/// <summary>
/// The one way out for events: live ones and imports by a lane each, so that a live event never waits behind
/// imports. Answers each request after the broker confirmed its message.
/// </summary>
internal sealed partial class EventPublisher : BackgroundService
{
    /// <summary>The places in flight of live events for one of imports.</summary>
    public const int ImportShare = 4;

    private readonly BrokerBus _bus;
    private readonly PublishGuard _guard;
    private readonly ILogger<EventPublisher> _log;
    private readonly PublishLane _live;
    private readonly PublishLane _imports;

    public EventPublisher(
        BrokerBus bus, PublishGuard guard, IngestionOptions options, IngestionTelemetry telemetry, TimeProvider time, ILogger<EventPublisher> log)
    {
        (_bus, _guard, _log) = (bus, guard, log);
        _live = new PublishLane(
            options.MaxInFlight, batch => TryPublishAsync(batch, new EventsNormalized { Events = batch.Events() }), options, telemetry, time);
        _imports = new PublishLane(
            Math.Max(1, options.MaxInFlight / ImportShare), batch => TryPublishAsync(batch, new ImportsNormalized { Events = batch.Events() }), options, telemetry, time);
    }

    /// <summary>
    /// Publishes events of one request together, in their order; all are live or all are imports. Completes when the broker has
    /// confirmed them, or with the reason why not.
    /// </summary>
    public Task<PublishOutcome> PublishAsync(IReadOnlyList<NormalizedEvent> events) =>
        (events[0].Import ? _imports : _live).PublishAsync(new WaitingEvents(events, Activity.Current?.Context ?? default));

    /// <summary>Takes no more events and waits until those that were taken are answered.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _live.Complete();
        _imports.Complete();
        if (ExecuteTask is { } gathering)
            await gathering.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        base.Dispose();
        _live.Dispose();
        _imports.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(_live.RunAsync(), _imports.RunAsync());

    private async Task<PublishOutcome> TryPublishAsync<T>(GatheredBatch batch, T message)
        where T : class
    {
        try
        {
            await _guard.RunAsync(cancel => _bus.PublishAsync(message, mandatory: true, cancel));
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
