using EventSegmentation.Segmentation.Streams;
using EventSegmentation.Segmentation.Telemetry;
using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>What a projection works with besides the connection on which it commits.</summary>
/// <param name="Database">Where builds read ahead.</param>
/// <param name="WakeUp">Says that there is news.</param>
internal sealed record ProjectionTools(
    NpgsqlDataSource Database, SegmentationOptions Options, Metrics Metrics, WakeUp WakeUp, TimeProvider Time, ILogger Logger)
{
    /// <summary>The partitions on which it works, at least one; all if nobody says otherwise.</summary>
    public IReadOnlyList<short> Partitions { get; init; } = Partition.All;
}
