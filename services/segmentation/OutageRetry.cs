using EventSegmentation.Segmentation.Telemetry;
using Polly;
using Polly.Retry;

namespace EventSegmentation.Segmentation;

/// <summary>How work that needs another server is tried again: soon at first, then ever more rarely, never in step with other replicas, and counted.</summary>
internal static class OutageRetry
{
    /// <summary>The first pause, on average.</summary>
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);

    /// <param name="call">The name of the work, from a small closed set; the tag of its count.</param>
    /// <param name="passes">What a repetition mends; a cancellation is none of it.</param>
    /// <param name="longest">The longest pause.</param>
    /// <param name="tries">The most repetitions; by default there is no end, because the work must be done.</param>
    /// <param name="told">Is told of each fault that is tried again.</param>
    public static RetryStrategyOptions Of(
        string call, Func<Exception, bool> passes, TimeSpan longest, Metrics metrics, int tries = int.MaxValue, Action<Exception>? told = null) => new()
        {
            Name = call,
            ShouldHandle = args => ValueTask.FromResult(
                args.Outcome.Exception is { } exception && !args.Context.CancellationToken.IsCancellationRequested && passes(exception)),
            MaxRetryAttempts = tries,
            Delay = First,
            MaxDelay = longest,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            OnRetry = args =>
            {
                metrics.Retried(call);
                told?.Invoke(args.Outcome.Exception!);
                return ValueTask.CompletedTask;
            },
        };
}
