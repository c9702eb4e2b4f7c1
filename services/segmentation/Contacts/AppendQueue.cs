using System.Diagnostics;
using System.Threading.Channels;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.History;
using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Telemetry;
using Polly;
using Polly.Retry;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>How much of the matcher a kind of events may take.</summary>
/// <param name="Workers">The most transactions at work at one time.</param>
/// <param name="MaxWaiting">The most batches that wait in memory, at most 10 MB each; the broker keeps the rest.</param>
internal sealed record AppendLane(int Workers, int MaxWaiting)
{
    /// <summary>For events that happen.</summary>
    public static AppendLane Live { get; } = new(Workers: 2, MaxWaiting: 16);

    /// <summary>
    /// From here on more workers than one are at it: one alone makes fewer and larger transactions, as long as it comes along.
    /// </summary>
    public int Crowd => MaxWaiting / 2;

    /// <summary>For past events that are imported: they can wait.</summary>
    public static AppendLane Imports { get; } = new(Workers: 1, MaxWaiting: 2);
}

/// <summary>
/// Gathers the batches that wait into one transaction: while one commits, the next fills, so the batch grows
/// with the load and a lone event waits for nobody. Each caller is answered when its events are committed.
/// </summary>
internal sealed partial class AppendQueue(
    AppendLane lane,
    StartUp startUp,
    PipelineDatabase database,
    ParameterCatalogue catalogue,
    RememberedContacts remembered,
    RefusedEventStore refused,
    SegmentationOptions options,
    Metrics metrics,
    TimeProvider time,
    ILogger<AppendQueue> logger) : BackgroundService
{
    /// <summary>How often a batch that loses races is matched again at once; then it rests as in an outage.</summary>
    public const int MaxRaces = 20;

    /// <summary>The longest pause between two tries while the database is away.</summary>
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(2);

    /// <summary>The longest that a batch waits while one worker is at work and another is not.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly WakeUp _crowded = new();
    private readonly Channel<Submission> _waiting = Channel.CreateBounded<Submission>(lane.MaxWaiting);
    private readonly ResiliencePipeline _retry = BuildRetry(time, metrics);
    private long _gathered;

    /// <summary>True while batches wait for a transaction.</summary>
    public bool HasWaiting => _waiting.Reader.Count > 0;

    private sealed record Submission(IReadOnlyList<IncomingEvent> Events, Activity? Activity, TaskCompletionSource Done);

    /// <summary>
    /// Completes when the events are committed or were in the store already. Throws if some of them cannot be stored;
    /// the others are. An outage of the database is waited for.
    /// </summary>
    public async Task AppendAsync(IReadOnlyList<NormalizedEvent> events, CancellationToken cancellationToken)
    {
        using var activity = Metrics.Source.StartActivity("append events");
        activity?.SetTag("event_segmentation.events", events.Count);
        var traceParent = activity is { Recorded: true } ? activity.Id : null;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _waiting.Writer.WriteAsync(
            new([.. events.Select(e => new IncomingEvent(e, traceParent))], activity, done), cancellationToken);
        if (_waiting.Reader.Count >= lane.Crowd)
            _crowded.Signal();
        await done.Task.WaitAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _crowded.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await startUp.WaitAsync(stoppingToken);
        await Task.WhenAll(Enumerable.Range(0, lane.Workers).Select(worker => WorkAsync(new Matcher(database.Pool, catalogue, remembered, time), isFirst: worker == 0, stoppingToken)));
    }

    private async Task WorkAsync(Matcher matcher, bool isFirst, CancellationToken stoppingToken)
    {
        try
        {
            while (await MayWorkAsync(isFirst, stoppingToken))
            {
                if (Gather() is { Count: > 0 } gathered)
                    await AppendAsync(matcher, gathered, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What waits was not acknowledged and comes again.
        }
        finally
        {
            _waiting.Writer.TryComplete();
            while (_waiting.Reader.TryRead(out var submission))
                submission.Done.TrySetCanceled(CancellationToken.None);
        }
    }

    // The others help where much waits, and where the first is held up, such as by a lock that somebody else keeps for long.
    private async Task<bool> MayWorkAsync(bool isFirst, CancellationToken stoppingToken)
    {
        while (!isFirst && _waiting.Reader.Count < lane.Crowd && !(HasWaiting && time.GetElapsedTime(_gathered) >= Patience))
            await _crowded.WaitAsync(Patience, stoppingToken);
        return await _waiting.Reader.WaitToReadAsync(stoppingToken);
    }

    private List<Submission> Gather()
    {
        _gathered = time.GetTimestamp();
        var gathered = new List<Submission>();
        var events = 0;
        while (events < options.AppendBatch && _waiting.Reader.TryRead(out var submission))
        {
            gathered.Add(submission);
            events += submission.Events.Count;
        }

        return gathered;
    }

    private async Task AppendAsync(Matcher matcher, List<Submission> gathered, CancellationToken stoppingToken)
    {
        IReadOnlyList<IncomingEvent> events = gathered.Count == 1
            ? gathered[0].Events
            : [.. gathered.SelectMany(submission => submission.Events)];
        var started = time.GetTimestamp();
        try
        {
            var outcome = await _retry.ExecuteAsync(
                async cancellation => await matcher.AppendAsync(events, cancellation), stoppingToken);
            metrics.Appended(outcome, time.GetElapsedTime(started));
            foreach (var submission in gathered)
                submission.Done.TrySetResult();
        }
        catch (Exception exception) when (DatabaseFaults.IsData(exception))
        {
            await AppendApartAsync(matcher, gathered, exception, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            foreach (var submission in gathered)
                submission.Done.TrySetCanceled(CancellationToken.None);
            throw;
        }
    }

    // Something among the events cannot be stored. Apart, the others can; what cannot goes back to the caller.
    private async Task AppendApartAsync(Matcher matcher, List<Submission> gathered, Exception exception, CancellationToken stoppingToken)
    {
        LogApart(gathered.Sum(submission => submission.Events.Count), exception.GetType().Name);
        foreach (var submission in gathered)
        {
            if (submission.Events.Count == 1 && gathered.Count == 1)
            {
                submission.Activity?.SetStatus(ActivityStatusCode.Error, exception.GetType().Name);
                await NoteRefusalAsync(submission.Events[0].Event, exception, stoppingToken);
                submission.Done.TrySetException(exception);
                continue;
            }

            // One by one, in their order: each is a submission of its own, and the last word is the first refusal.
            Submission[] events = [.. submission.Events.Select(e => new Submission([e], submission.Activity, new()))];
            foreach (var one in events)
                await AppendAsync(matcher, [one], stoppingToken);
            if (events.Select(one => one.Done.Task.Exception?.InnerException).FirstOrDefault(refusal => refusal is not null) is { } refused)
                submission.Done.TrySetException(refused);
            else
                submission.Done.TrySetResult();
        }
    }

    // So that the event history shows it. Whether that works changes nothing: the batch is set aside in any case.
    private async Task NoteRefusalAsync(NormalizedEvent e, Exception exception, CancellationToken stoppingToken)
    {
        try
        {
            await refused.AddAsync([SetAside.Refusal(e, exception)], stoppingToken);
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            LogNotNoted(failure.GetType().Name);
        }
    }

    private static ResiliencePipeline BuildRetry(TimeProvider time, Metrics metrics) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(OutageRetry.Of("append", exception => exception is not OperationCanceledException && !DatabaseFaults.IsData(exception), MaxPause, metrics))
            .AddRetry(new RetryStrategyOptions
            {
                Name = "race",
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is { } exception && DatabaseFaults.IsRace(exception)),
                MaxRetryAttempts = MaxRaces,
                Delay = TimeSpan.FromMilliseconds(5),
                MaxDelay = TimeSpan.FromMilliseconds(200),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            })
            .Build();

    [LoggerMessage(Level = LogLevel.Warning, Message = "A transaction of {Events} events failed with {Fault}; what cannot be stored is set aside")]
    private partial void LogApart(int events, string fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The event history does not show an event that was set aside: {Fault}")]
    private partial void LogNotNoted(string fault);
}
