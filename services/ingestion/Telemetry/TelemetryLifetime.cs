using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace EventSegmentation.Ingestion.Telemetry;

/// <summary>
/// Starts the providers before anything else runs and flushes them after everything else has stopped.
/// The container disposes them.
/// </summary>
internal sealed class TelemetryLifetime(TracerProvider traces, IEnumerable<MeterProvider> meters) : IHostedService
{
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(5);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            var milliseconds = (int)FlushTimeout.TotalMilliseconds;
            traces.ForceFlush(milliseconds);
            foreach (var provider in meters)
                provider.ForceFlush(milliseconds);
        },
        cancellationToken);
}
