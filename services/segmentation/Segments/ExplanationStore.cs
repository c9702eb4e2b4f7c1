using System.Data;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Builds;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>Reads what an explanation explains.</summary>
internal sealed class ExplanationStore(NpgsqlDataSource database)
{
    /// <summary>A version of a segment; null if there is none.</summary>
    /// <param name="version">Null for the one that serves, or the newest if none does.</param>
    public async Task<ExplainedSegment?> FindAsync(string key, int? version, CancellationToken cancellationToken)
    {
        // One snapshot for the version and the world it stands in.
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var world = await WorldStore.LiveAsync(connection, cancellationToken);
        await using var command = new NpgsqlCommand("""
            select v.version, v.state, v.condition, v.time_zone, s.created, v.live_since
            from segmentation.segments s
            join segmentation.segment_versions v on v.segment_id = s.id
            where s.key = $1 and ($2::int is null or v.version = $2)
            order by v.state = 'live' desc, v.version desc limit 1
            """, connection);
        command.Parameters.Add(new() { Value = key });
        command.Parameters.Add(new() { Value = (object?)version ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        var isSuspended = reader.GetString(1) == "live" && world.Segments.TryGetValue(key, out var serving) && serving.Definition.IsSuspended;
        var written = isSuspended ? Definition.Suspended(key) : WorldStore.Parse(key, reader.IsDBNull(2) ? null : reader.GetString(2), reader.GetString(3)).Definition;
        return new(
            key, reader.GetInt32(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(4),
            reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5),
            world.Effective(key, written),
            world.Segments.Keys.ToDictionary(other => other, world.Effective, StringComparer.Ordinal));
    }
}
