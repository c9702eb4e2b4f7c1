using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Builds;

/// <summary>What a start set in motion.</summary>
/// <param name="Builds">The builds that run now.</param>
/// <param name="Editions">How many editions are made anew.</param>
/// <param name="ToBuild">How many contacts are to be evaluated for them.</param>
internal sealed record BuildStart(IReadOnlyList<long> Builds, int Editions, long ToBuild);

/// <summary>Sets all that waits in motion, together. Only the owner of the projection does.</summary>
internal static class BuildStartStore
{
    /// <summary>Starts inside the caller's transaction; null if nothing waits, something runs already, or the plan is locked.</summary>
    public static async Task<BuildStart?> StartAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!await BuildStore.TryTakePlanAsync(connection, cancellationToken) || await RunAsync(connection, now, cancellationToken) is not { } start)
            return null;

        var live = await WorldStore.LiveAsync(connection, cancellationToken);
        var target = live.With(await WorldStore.PendingAsync(connection, except: null, cancellationToken));
        var affected = live.Affected(target).Select(key => new NewEdition(target.Segments[key], [.. target.Before(key).Select(other => other.VersionId)], target.GroupOf(key))).ToArray();
        foreach (var edition in affected)
            await InsertAsync(connection, edition, cancellationToken);
        await RetireAsync(connection, [.. live.Segments.Values.Where(segment => !target.Segments.ContainsKey(segment.Key)).Select(segment => segment.Id)], cancellationToken);
        return start with { Editions = affected.Length };
    }

    private sealed record NewEdition(WorldSegment Segment, long[] Before, string? Group);

    // Without an edition to build, no contact is looked at.
    private static async Task<BuildStart?> RunAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            update segmentation.builds set state = 'running', started = $1, built = 0,
                to_build = (select count(*) from segmentation.contact_states where state is not null)
            where state = 'waiting' and not exists (select from segmentation.builds where state = 'running')
            returning id, to_build
            """, connection) { CommandTimeout = LongWork.WithoutTimeout };
        command.Parameters.Add(new() { Value = now });
        var builds = new List<long>();
        var toBuild = 0L;
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                builds.Add(reader.GetInt64(0));
                toBuild = reader.GetInt64(1);
            }
        }

        if (builds.Count == 0)
            return null;
        await using var versions = new NpgsqlCommand("""
            update segmentation.segment_versions v set state = 'building'
            from segmentation.build_segments c where c.build_id = any($1) and c.version_id = v.id and v.state = 'waiting'
            """, connection);
        versions.Parameters.Add(new() { Value = builds.ToArray() });
        await versions.ExecuteNonQueryAsync(cancellationToken);
        return new(builds, 0, toBuild);
    }

    // Silence is that of the build that changes the segment, else of the one that changes its group, else of all together.
    private static async Task InsertAsync(NpgsqlConnection connection, NewEdition edition, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            insert into segmentation.editions (version_id, segment_id, build_id, before, group_key, silent, state)
            select $1, $2, b.id, $3, $4, case when own.build_id is null and grouped.build_id is null then every.silent else b.silent end, 'building'
            from (select bool_and(silent) as silent, min(id) as id from segmentation.builds where state = 'running') every
            left join lateral (
                select c.build_id from segmentation.build_segments c join segmentation.builds r on r.id = c.build_id and r.state = 'running'
                where c.segment_id = $2
            ) own on true
            left join lateral (
                select c.build_id from segmentation.build_groups c join segmentation.builds r on r.id = c.build_id and r.state = 'running'
                where c.group_key = $4
            ) grouped on true
            join segmentation.builds b on b.id = coalesce(own.build_id, grouped.build_id, every.id)
            """, connection);
        command.Parameters.Add(new() { Value = edition.Segment.VersionId });
        command.Parameters.Add(new() { Value = edition.Segment.Id });
        command.Parameters.Add(new() { Value = edition.Before });
        command.Parameters.Add(new() { Value = (object?)edition.Group ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task RetireAsync(NpgsqlConnection connection, long[] segments, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            update segmentation.editions e set state = 'retiring', silent = b.silent
            from segmentation.build_segments c join segmentation.builds b on b.id = c.build_id and b.state = 'running'
            where e.segment_id = any($1) and e.state = 'live' and c.segment_id = e.segment_id
            """, connection);
        command.Parameters.Add(new() { Value = segments });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
