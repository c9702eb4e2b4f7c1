using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Builds;

/// <summary>Reads builds for people, and takes them back.</summary>
internal sealed class BuildViewStore(NpgsqlDataSource database)
{
    // What was superseded is no part of a build any more.
    private const string Select = """
        select b.id, b.state, b.requested, b.requested_by, b.silent, b.started, b.ended, b.built, b.to_build,
               segments.keys, segments.versions, groups.keys, groups.members, b.reason
        from segmentation.builds b
        cross join lateral (
            select coalesce(array_agg(s.key order by s.key), '{}') as keys, coalesce(array_agg(v.version order by s.key), '{}') as versions
            from segmentation.build_segments c
            join segmentation.segments s on s.id = c.segment_id
            left join segmentation.segment_versions v on v.id = c.version_id
            where c.build_id = b.id
        ) segments
        cross join lateral (
            select coalesce(array_agg(c.group_key order by c.group_key), '{}') as keys,
                   coalesce(array_agg(array_to_string(array(
                       select s.key from unnest(c.segment_ids) with ordinality as member (id, place)
                       join segmentation.segments s on s.id = member.id order by member.place), ' ') order by c.group_key), '{}') as members
            from segmentation.build_groups c where c.build_id = b.id
        ) groups
        """;

    /// <summary>Builds before one, the latest first.</summary>
    public async Task<List<BuildView>> ListAsync(long before, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"{Select} where b.id < $1 order by b.id desc limit $2");
        command.Parameters.Add(new() { Value = before });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>One build, or null.</summary>
    public async Task<BuildView?> FindAsync(long build, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"{Select} where b.id = $1");
        command.Parameters.Add(new() { Value = build });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Takes back the build that waits or runs, of a number, or of a segment if it is of that one alone; null if there is none.</summary>
    public async Task<Cancellation?> CancelAsync(long? build, string? segment, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await BuildStore.TakePlanAsync(connection, cancellationToken);
        if (await PendingAsync(connection, build, segment, cancellationToken) is not { } pending)
            return null;
        if (segment is not null && await OthersAsync(connection, pending, cancellationToken) is > 0 and var others)
            return new Cancellation.Shared(pending, others);
        var cancellation = await BuildEndStore.CancelAsync(connection, pending, now, cancellationToken);
        if (cancellation is Cancellation.Cancelled)
            await transaction.CommitAsync(cancellationToken);
        return cancellation;
    }

    private static async Task<long?> PendingAsync(NpgsqlConnection connection, long? build, string? segment, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select b.id from segmentation.builds b
            where b.state in ('waiting', 'running') and (b.id = $1 or exists (
                select from segmentation.build_segments c join segmentation.segments s on s.id = c.segment_id where c.build_id = b.id and s.key = $2))
            """, connection);
        command.Parameters.Add(new() { Value = (object?)build ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = (object?)segment ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        return await command.ExecuteScalarAsync(cancellationToken) as long?;
    }

    private static async Task<long> OthersAsync(NpgsqlConnection connection, long build, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select (select count(*) from segmentation.build_segments where build_id = $1) + (select count(*) from segmentation.build_groups where build_id = $1) - 1
            """, connection);
        command.Parameters.Add(new() { Value = build });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<List<BuildView>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var builds = new List<BuildView>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var (segments, versions) = (reader.GetFieldValue<string[]>(9), reader.GetFieldValue<int?[]>(10));
            var (groups, members) = (reader.GetFieldValue<string[]>(11), reader.GetFieldValue<string[]>(12));
            builds.Add(new(
                reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetString(3), reader.GetBoolean(4),
                Instant(reader, 5), Instant(reader, 6), reader.GetInt64(7), reader.GetInt64(8),
                [.. segments.Zip(versions, (key, version) => new BuiltSegment(key, version))],
                [.. groups.Zip(members, (key, keys) => new BuiltGroup(key, keys.Split(' ', StringSplitOptions.RemoveEmptyEntries)))],
                reader.IsDBNull(13) ? null : reader.GetString(13)));
        }

        return builds;
    }

    private static DateTimeOffset? Instant(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
