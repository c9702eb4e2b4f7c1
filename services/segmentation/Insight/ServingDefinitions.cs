using System.Data;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Builds;
using Npgsql;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>What the segments that serve mean now, by key: each behind those before it in its exclusive group.</summary>
internal sealed class ServingDefinitions(NpgsqlDataSource database)
{
    public async Task<IReadOnlyDictionary<string, Definition>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        // One snapshot: segments and groups belong together.
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var world = await WorldStore.LiveAsync(connection, cancellationToken);
        return world.Segments.Keys.ToDictionary(key => key, world.Effective, StringComparer.Ordinal);
    }
}
