using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>Lets a few large readings run at one time, so that live traffic keeps its share of the machine.</summary>
internal sealed class InsightGate(SegmentationOptions options, TimeProvider time) : IDisposable
{
    /// <summary>When a caller who was turned away may ask again, in seconds.</summary>
    public const int RetryAfterSeconds = 5;

    private readonly SemaphoreSlim _free = new(options.InsightCalls);

    /// <summary>Runs one reading, or says that too many run already, or that it costs more than one may.</summary>
    public async Task<IResult> RunAsync(Func<WorkMeter, Task<IResult>> reading)
    {
        if (!await _free.WaitAsync(TimeSpan.Zero))
            return new Busy(options.InsightCalls);
        try
        {
            var meter = new WorkMeter(options, time);
            var answer = await reading(meter);
            return meter.Spent is { } spent
                ? Problems.Refused([new("", $"The answer would not be exact, so there is none: {spent}. It had come to {meter.Events} events of {meter.Contacts} contacts. Ask for fewer event types, or let an administrator raise the setting.")])
                : answer;
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose() => _free.Dispose();

    private sealed class Busy(int calls) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            return Problems.Of(
                StatusCodes.Status429TooManyRequests, "Too many at once",
                $"{calls} previews, dry runs and audits run already, which is the most (Segmentation:InsightCalls). Try again in a few seconds.").ExecuteAsync(httpContext);
        }
    }
}
