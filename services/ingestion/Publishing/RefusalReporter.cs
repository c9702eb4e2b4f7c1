using System.Text;
using System.Threading.Channels;
using EventSegmentation.Contracts;
using EventSegmentation.Ingestion.Normalizing;
using EventSegmentation.Ingestion.Telemetry;
using MassTransit;

namespace EventSegmentation.Ingestion.Publishing;

/// <summary>
/// Tells segmentation what was refused, for the event history. The sender has its answer whether this works or not:
/// refusals wait in a bounded queue, in memory, and those that find no place, or that the broker does not take for
/// long, are dropped and counted.
/// </summary>
internal sealed partial class RefusalReporter(
    BrokerBus bus, IngestionOptions options, IngestionTelemetry telemetry, TimeProvider time, ILogger<RefusalReporter> log) : BackgroundService
{
    /// <summary>The most refused events that wait; with their bodies about 40 MB.</summary>
    public const int MaxWaiting = 5_000;

    /// <summary>How often a message is tried; then it is dropped.</summary>
    public const int MaxTries = 30;

    /// <summary>How long the first refused event of a message waits for others. Nobody waits for it.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a stopping service goes on telling what waits.</summary>
    public static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(2);

    private readonly Channel<EventRefusal> _waiting = Channel.CreateBounded<EventRefusal>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });

    private volatile bool _isStopping;

    /// <summary>Takes note of refused events. Never waits and never throws.</summary>
    /// <param name="source">One of <see cref="RefusalSource"/>.</param>
    public void Report(IReadOnlyList<RefusedEvent> refused, string source)
    {
        for (var told = 0; told < refused.Count; told++)
        {
            // Looked at first, so that a flood does not cost the making of what is then dropped.
            if (_waiting.Reader.Count < MaxWaiting && _waiting.Writer.TryWrite(Refusal(refused[told], source)))
                continue;
            telemetry.RefusalsDropped(refused.Count - told);
            return;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        _waiting.Writer.TryComplete();
        if (ExecuteTask is { } telling)
            await Task.WhenAny(telling, Task.Delay(FlushLimit, time, cancellationToken));
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
            {
                await Task.Delay(_isStopping ? TimeSpan.Zero : Window, time, stoppingToken);
                var batch = new List<EventRefusal>();
                while (batch.Count < EventsRefused.MaxEvents && _waiting.Reader.TryRead(out var refusal))
                    batch.Add(refusal);
                if (!await TellAsync(new EventsRefused { Events = batch }, stoppingToken))
                    telemetry.RefusalsDropped(batch.Count);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            telemetry.RefusalsDropped(_waiting.Reader.Count);
        }
    }

    private async Task<bool> TellAsync(EventsRefused message, CancellationToken stoppingToken)
    {
        for (var tries = 1; tries <= MaxTries; tries++)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            limit.CancelAfter(options.ConfirmTimeout);
            try
            {
                await bus.PublishAsync(message, mandatory: false, limit.Token);
                return true;
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever the transport throws, there was no confirm; the same refusal twice is one.
                if (tries == 1)
                    NotTold(message.Events.Count, failure.GetType().Name);
                await Task.Delay(options.RetryDelay, time, stoppingToken);
            }
        }

        return false;
    }

    private static EventRefusal Refusal(RefusedEvent refused, string source) => new()
    {
        RefusalId = refused.RefusalId,
        EventId = refused.EventId,
        EventType = refused.EventType,
        KeyValue = refused.KeyValue,
        OccurredAt = refused.OccurredAt,
        ReceivedAt = refused.ReceivedAt,
        Source = source,
        Reasons = [.. refused.Errors.Select(error => new RefusalDetail(error.Pointer, error.Detail))],
        Body = Body(refused.Json),
    };

    /// <summary>The beginning of an event as it was sent, in whole characters.</summary>
    internal static string Body(ReadOnlySpan<byte> json)
    {
        // A character of UTF-16 takes up to three bytes, half a pair two: so many bytes are always enough, and a
        // character that this cuts in two lies beyond the limit.
        var text = Encoding.UTF8.GetString(json[..Math.Min(json.Length, (EventRefusal.MaxBodyCharacters + 1) * 3)]);
        if (text.Length <= EventRefusal.MaxBodyCharacters)
            return text;
        var end = char.IsHighSurrogate(text[EventRefusal.MaxBodyCharacters - 1]) ? EventRefusal.MaxBodyCharacters - 1 : EventRefusal.MaxBodyCharacters;
        return text[..end];
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Events} refused events could not be told to the event history and are tried again: {Failure}")]
    private partial void NotTold(int events, string failure);
}
