using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Builds;
using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>An owner's part in suspensions: notes what it found that it cannot evaluate, so that it and all others go on without that.</summary>
internal sealed partial class Suspension(NpgsqlConnection connection, ProjectionTools tools)
{
    private readonly ILogger _logger = tools.Logger;

    /// <summary>What a fault says of each edition.</summary>
    public static IReadOnlyCollection<EditionFault> Of(SegmentFaultException fault) =>
        [.. fault.Segments.Select(edition => new EditionFault(edition, fault.Message, fault.GetBaseException().StackTrace))];

    /// <summary>Suspends, in a transaction of its own. False if somebody else holds the plan, or has done it: then the next round finds out.</summary>
    public async Task<bool> SuspendAsync(IReadOnlyCollection<EditionFault> faults, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await PlanStore.TryHoldAloneAsync(connection, cancellationToken))
            return false;
        var suspended = await SuspensionStore.SuspendAsync(connection, faults, tools.Time.GetUtcNow().TruncateToMicroseconds(), cancellationToken);
        if (suspended.Count == 0)
            return false;
        await transaction.CommitAsync(cancellationToken);
        foreach (var one in suspended)
        {
            if (one.Builds > 0)
                LogFailed(one.Key, one.Version, one.Fault.Trace);
            else
                LogSuspended(one.Key, one.Version, one.Fault.Trace);
            tools.Metrics.Suspended(one);
        }

        return true;
    }

    // No message of what was thrown, and no text of the condition: both may have values that are somebody's.
    [LoggerMessage(Level = LogLevel.Error, Message = "The segment {Segment} is suspended: its version {Version} cannot be evaluated. GET /api/segments/{Segment} has the reason. {Trace}")]
    private partial void LogSuspended(string segment, int version, string? trace);

    [LoggerMessage(Level = LogLevel.Error, Message = "The build of version {Version} of the segment {Segment} failed: it cannot be evaluated. GET /api/builds has the reason. {Trace}")]
    private partial void LogFailed(string segment, int version, string? trace);
}
