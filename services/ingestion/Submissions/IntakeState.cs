using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace EventSegmentation.Ingestion.Submissions;

/// <summary>Whether submissions are taken: the broker is connected and the topology declared. Part of readiness.</summary>
internal sealed class IntakeState : IHealthCheck
{
    private volatile string? _reason = "not connected to the broker yet";

    public bool IsConnected => _reason is null;

    /// <summary>True if it was not connected before.</summary>
    public bool Connected() => Interlocked.Exchange(ref _reason, null) is not null;

    /// <summary>True if the reason is new.</summary>
    public bool Away(string reason) => Interlocked.Exchange(ref _reason, reason) != reason;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_reason is { } reason
            ? HealthCheckResult.Unhealthy($"no submissions are taken: {reason}")
            : HealthCheckResult.Healthy("submissions are taken"));
}
