using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace EventSegmentation.Ingestion.Publishing;

/// <summary>
/// Bounds what a broker that is away costs: each publish ends after the confirm timeout, and after
/// failures the following ones fail at once until the break is over; then one of them tries again.
/// </summary>
internal sealed class PublishGuard(IngestionOptions options, TimeProvider time)
{
    /// <summary>The time over which failures are counted.</summary>
    private static readonly TimeSpan Sampling = TimeSpan.FromSeconds(10);

    /// <summary>Publishes that must have ended within <see cref="Sampling"/> before they are judged.</summary>
    private const int MinimumThroughput = 2;

    private readonly ResiliencePipeline _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            FailureRatio = 0.5,
            MinimumThroughput = MinimumThroughput,
            SamplingDuration = Sampling,
            BreakDuration = options.BreakDuration,
        })
        .AddTimeout(new TimeoutStrategyOptions { Timeout = options.ConfirmTimeout })
        .Build();

    /// <summary>Runs one publish.</summary>
    /// <exception cref="BrokenCircuitException">The last ones failed; it was not tried.</exception>
    /// <exception cref="TimeoutRejectedException">There was no confirm in time.</exception>
    public ValueTask RunAsync(Func<CancellationToken, Task> publish) =>
        _pipeline.ExecuteAsync(async cancel => await publish(cancel));
}
