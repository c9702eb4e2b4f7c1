using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>Lets a few large readings run at one time, none for ever, so that live traffic keeps its share of the machine.</summary>
internal sealed class InsightGate(SegmentationOptions options, TimeProvider time) : IDisposable
{
    /// <summary>When a caller who was turned away may ask again.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>How long a reading about one contact or one segment waits for its turn.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _calls = new(options.InsightCalls);
    private readonly SemaphoreSlim _lookups = new(options.InsightLookups);

    /// <summary>Runs a reading of everybody, or says that too many run already, or that it costs more than one may.</summary>
    /// <param name="reading">Stops by its token when the time is up.</param>
    public Task<IResult> RunAsync(Func<WorkMeter, CancellationToken, Task<IResult>> reading, CancellationToken cancellationToken) => RunAsync(
        _calls, TimeSpan.Zero, $"{options.InsightCalls} previews, dry runs and audits run already, which is the most (Segmentation:InsightCalls).", reading, cancellationToken);

    /// <summary>The same for a reading about one contact or one segment, which waits for its turn a little.</summary>
    /// <param name="reading">Stops by its token when the time is up.</param>
    public Task<IResult> LookUpAsync(Func<CancellationToken, Task<IResult>> reading, CancellationToken cancellationToken) => RunAsync(
        _lookups,
        Patience,
        $"{options.InsightLookups} explanations, growths and lists of members at an instant run already, which is the most (Segmentation:InsightLookups).",
        (_, stop) => reading(stop),
        cancellationToken);

    public void Dispose()
    {
        _calls.Dispose();
        _lookups.Dispose();
    }

    private async Task<IResult> RunAsync(
        SemaphoreSlim places, TimeSpan patience, string full, Func<WorkMeter, CancellationToken, Task<IResult>> reading, CancellationToken cancellationToken)
    {
        if (!await places.WaitAsync(patience, cancellationToken))
            return Busy(full);
        try
        {
            var meter = new WorkMeter(options);
            var answer = await InTimeAsync(reading, meter, cancellationToken);
            return meter.Spent is { } spent ? TooMuch(meter, spent) : answer;
        }
        finally
        {
            places.Release();
        }
    }

    private async Task<IResult> InTimeAsync(Func<WorkMeter, CancellationToken, Task<IResult>> reading, WorkMeter meter, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.InsightTime, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await reading(meter, stop.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            meter.TimeIsUp();
            return Results.Empty;
        }
    }

    private static IResult Busy(string full) =>
        Problems.Later(StatusCodes.Status429TooManyRequests, "Too many at once", $"{full} Try again in a few seconds.", RetryAfter);

    private static IResult TooMuch(WorkMeter meter, string spent)
    {
        var reached = meter.Contacts + meter.Events == 0 ? "" : $" It had come to {meter.Events} events of {meter.Contacts} contacts.";
        return Problems.Refused([new("", $"The answer would not be exact, so there is none: {spent}.{reached} Ask for less, such as fewer event types or days, or let an administrator raise the setting.")]);
    }
}
