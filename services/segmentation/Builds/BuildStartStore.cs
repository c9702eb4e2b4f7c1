using EventSegmentation.Segmentation.Streams;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Builds;

/// <summary>What a start set in motion.</summary>
/// <param name="Builds">The builds that run now.</param>
/// <param name="Editions">How many editions are made anew.</param>
/// <param name="ToBuild">How many contacts are to be evaluated for them.</param>
internal sealed record BuildStart(IReadOnlyList<long> Builds, int Editions, long ToBuild);

/// <summary>
/// Sets in motion what waits: as much of it together as is told alike, so that no silent change is told of because a loud
/// one came with it. Only the owner of the leading partition does, and holds the plan alone.
/// </summary>
internal static class BuildStartStore
{
    private sealed record Waiting(long Id, bool IsSilent);

    private sealed record NewEdition(WorldSegment Segment, IEnumerable<long> Before, string? Group, string? GroupBefore);

    /// <summary>Starts inside the caller's transaction; null if nothing waits, something runs already, or the plan is locked.</summary>
    public static async Task<BuildStart?> StartAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!await BuildStore.TryTakePlanAsync(connection, cancellationToken))
            return null;
        var waiting = await WaitingAsync(connection, cancellationToken);
        if (waiting.Count == 0)
            return null;

        var live = await WorldStore.LiveAsync(connection, cancellationToken);
        var (builds, target) = await ChooseAsync(connection, waiting, live, cancellationToken);
        await RunAsync(connection, builds, now, cancellationToken);
        NewEdition[] affected =
        [
            .. live.Affected(target).Select(key => new NewEdition(
                target.Segments[key], target.Before(key).Select(other => other.VersionId), target.GroupOf(key), live.GroupOf(key))),
        ];
        await RetireAsync(connection, [.. live.Segments.Values.Where(segment => !target.Segments.ContainsKey(segment.Key)).Select(segment => segment.Id)], cancellationToken);
        if (affected.Length == 0)
            return new(builds, 0, 0);
        await InsertAsync(connection, affected, cancellationToken);
        return new(builds, affected.Length, await CountAsync(connection, cancellationToken));
    }

    /// <summary>What waits, the oldest first; nothing while something runs.</summary>
    private static async Task<List<Waiting>> WaitingAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select id, silent from segmentation.builds
            where state = 'waiting' and not exists (select from segmentation.builds where state = 'running') order by id
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var waiting = new List<Waiting>();
        while (await reader.ReadAsync(cancellationToken))
            waiting.Add(new(reader.GetInt64(0), reader.GetBoolean(1)));
        return waiting;
    }

    // Those that are told like the oldest one, unless they cannot serve without the others.
    private static async Task<(long[] Builds, SegmentWorld Target)> ChooseAsync(
        NpgsqlConnection connection, List<Waiting> waiting, SegmentWorld live, CancellationToken cancellationToken)
    {
        long[] alike = [.. waiting.Where(build => build.IsSilent == waiting[0].IsSilent).Select(build => build.Id)];
        var target = live.With(await WorldStore.ChangeAsync(connection, alike, cancellationToken));
        if (alike.Length == waiting.Count || target.Problems().Count == 0)
            return (alike, target);
        long[] all = [.. waiting.Select(build => build.Id)];
        return (all, live.With(await WorldStore.ChangeAsync(connection, all, cancellationToken)));
    }

    private static async Task RunAsync(NpgsqlConnection connection, long[] builds, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("update segmentation.plan set editions = editions + 1"),
                new("update segmentation.builds set state = 'running', started = $2, built = 0, to_build = 0 where id = any($1)")
                {
                    Parameters = { new() { Value = builds }, new() { Value = now } },
                },
                new("""
                    update segmentation.segment_versions v set state = 'building'
                    from segmentation.build_segments c where c.build_id = any($1) and c.version_id = v.id and v.state = 'waiting'
                    """) { Parameters = { new() { Value = builds } } },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            with contacts as (select count(*) from segmentation.contact_states where state is not null), counted as (
                update segmentation.builds set to_build = contacts.count from contacts where state = 'running'
            )
            select count from contacts
            """, connection) { CommandTimeout = LongWork.WithoutTimeout };
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    // Silence is that of the build that changes the segment, else of the one that changes its group or the one it was in, else of
    // all together.
    private static async Task InsertAsync(NpgsqlConnection connection, NewEdition[] editions, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            insert into segmentation.editions (version_id, segment_id, build_id, before, group_key, silent, state)
            select e.version_id, e.segment_id, b.id, e.before::bigint[], e.group_key,
                   case when own.build_id is null and grouped.build_id is null then every.silent else b.silent end, 'building'
            from unnest($1, $2, $3, $4, $5) with ordinality as e (version_id, segment_id, before, group_key, group_before, place)
            cross join (select bool_and(silent) as silent, min(id) as id from segmentation.builds where state = 'running') every
            left join lateral (
                select c.build_id from segmentation.build_segments c join segmentation.builds r on r.id = c.build_id and r.state = 'running'
                where c.segment_id = e.segment_id
            ) own on true
            left join lateral (
                select c.build_id from segmentation.build_groups c join segmentation.builds r on r.id = c.build_id and r.state = 'running'
                where c.group_key in (e.group_key, e.group_before) order by c.group_key is distinct from e.group_key limit 1
            ) grouped on true
            join segmentation.builds b on b.id = coalesce(own.build_id, grouped.build_id, every.id)
            order by e.place
            """, connection);
        command.Parameters.Add(new() { Value = editions.Select(edition => edition.Segment.VersionId).ToArray() });
        command.Parameters.Add(new() { Value = editions.Select(edition => edition.Segment.Id).ToArray() });
        command.Parameters.Add(new() { Value = editions.Select(edition => $"{{{string.Join(',', edition.Before)}}}").ToArray() });
        command.Parameters.Add(new() { Value = editions.Select(edition => edition.Group).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = editions.Select(edition => edition.GroupBefore).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
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
