using System.Text.Json;
using EventSegmentation.Evaluation;
using Npgsql;

namespace EventSegmentation.Segmentation.Builds;

/// <summary>
/// Reads the world that serves and what waits to change it. Whoever acts on it holds the lock of the plan.
/// </summary>
internal static class WorldStore
{
    /// <summary>The world that serves.</summary>
    public static async Task<SegmentWorld> LiveAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    select s.id, s.key, v.id, v.version, v.condition, v.time_zone, e.suspended is not null
                    from segmentation.editions e
                    join segmentation.segment_versions v on v.id = e.version_id
                    join segmentation.segments s on s.id = e.segment_id
                    where e.state in ('live', 'retiring')
                    """),
                new($"""
                    select g.key, {Keys("g.segment_ids")} from segmentation.segment_groups g where g.segment_ids <> array[]::bigint[]
                    """),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var segments = new Dictionary<string, WorldSegment>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            segments.Add(reader.GetString(1), ReadSegment(reader));
        await reader.NextResultAsync(cancellationToken);
        return new(segments, await ReadGroupsAsync(reader, cancellationToken));
    }

    /// <summary>All that waits or runs.</summary>
    /// <param name="except">A build to leave out.</param>
    public static Task<WorldChange> PendingAsync(NpgsqlConnection connection, long? except, CancellationToken cancellationToken) => ReadChangeAsync(
        connection,
        "b.state in ('waiting', 'running') and b.id is distinct from $1",
        () => new() { Value = (object?)except ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint },
        cancellationToken);

    /// <summary>What some builds change together.</summary>
    public static Task<WorldChange> ChangeAsync(NpgsqlConnection connection, long[] builds, CancellationToken cancellationToken) =>
        ReadChangeAsync(connection, "b.id = any($1)", () => new() { Value = builds }, cancellationToken);

    /// <summary>What is stored of a version's definition. If that is not understood, as after a step back to an older release, that of a suspended segment, and why.</summary>
    /// <param name="condition">JSON; null for a static segment.</param>
    public static (Definition Definition, string? Fault) Parse(string key, string? condition, string timeZone)
    {
        if (condition is null)
            return (Definition.Listed(key), null);
        using var document = JsonDocument.Parse(condition);
        var parsed = Definition.Parse(document.RootElement, timeZone);
        return parsed.Definition is { } definition
            ? (definition, null)
            : (Definition.Suspended(key), $"Its stored condition is not understood: {string.Join("; ", parsed.Errors.Select(error => $"{error.Pointer} {error.Detail}".Trim()))}.");
    }

    private static async Task<WorldChange> ReadChangeAsync(
        NpgsqlConnection connection, string builds, Func<NpgsqlParameter> parameter, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new($"""
                    select s.id, s.key, v.id, v.version, v.condition, v.time_zone, false
                    from segmentation.builds b
                    join segmentation.build_segments c on c.build_id = b.id
                    join segmentation.segments s on s.id = c.segment_id
                    left join segmentation.segment_versions v on v.id = c.version_id
                    where {builds}
                    """) { Parameters = { parameter() } },
                new($"""
                    select c.group_key, {Keys("c.segment_ids")}
                    from segmentation.builds b
                    join segmentation.build_groups c on c.build_id = b.id
                    where {builds}
                    """) { Parameters = { parameter() } },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var segments = new Dictionary<string, WorldSegment?>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            segments.Add(reader.GetString(1), reader.IsDBNull(2) ? null : ReadSegment(reader));
        await reader.NextResultAsync(cancellationToken);
        return new(segments, await ReadGroupsAsync(reader, cancellationToken));
    }

    // One that is suspended is as if it asked for nothing: whoever is in it stays, whatever becomes of what it refers to.
    private static WorldSegment ReadSegment(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt32(3),
        reader.GetBoolean(6)
            ? Definition.Suspended(reader.GetString(1))
            : Parse(reader.GetString(1), reader.IsDBNull(4) ? null : reader.GetString(4), reader.GetString(5)).Definition);

    private static async Task<Dictionary<string, IReadOnlyList<string>>> ReadGroupsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var groups = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            groups.Add(reader.GetString(0), reader.GetFieldValue<string[]>(1));
        return groups;
    }

    private static string Keys(string ids) =>
        $"array(select s.key from unnest({ids}) with ordinality as member (id, place) join segmentation.segments s on s.id = member.id order by member.place)";
}
