using EventSegmentation.Segmentation.Streams;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Builds;

/// <summary>
/// Takes changes of what is to serve, in the caller's transaction, which holds the lock of the plan by
/// <see cref="TakePlanAsync"/>: one change at a time, each checked against all before it.
/// </summary>
internal static class BuildStore
{
    // The row's lock lets one definition change at a time, so that epochs rise in commit order; the projection hears
    // of the change at the commit.
    /// <summary>Locks the plan until the end of the transaction; returns its new version.</summary>
    public static async Task<long> TakePlanAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("update segmentation.plan set version = version + 1 returning version"),
                new(AppendSignal.NotifySql),
            },
        };
        return (long)(await batch.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// The same for the owner of the projection, on whom live work waits: false, and nothing is locked, if somebody else has
    /// the plan. Whoever changes it says so at the commit.
    /// </summary>
    public static async Task<bool> TryTakePlanAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select version from segmentation.plan for update skip locked", connection);
        if (await command.ExecuteScalarAsync(cancellationToken) is null)
            return false;
        await TakePlanAsync(connection, cancellationToken);
        return true;
    }

    /// <summary>
    /// Asks for a change. What waits or runs of the same segments and groups is superseded; if that was running, the rest
    /// of it begins anew. From here on an ended segment is archived, and one that is to serve is not.
    /// </summary>
    /// <param name="by">The name of who asks.</param>
    /// <param name="silent">True if nobody is to be told of the difference.</param>
    public static async Task<BuildRequest> RequestAsync(
        NpgsqlConnection connection, string by, bool silent, IReadOnlyCollection<SegmentChange> segments, IReadOnlyCollection<GroupChange> groups,
        DateTimeOffset now, CancellationToken cancellationToken)
    {
        await SupersedeAsync(connection, segments, groups, now, cancellationToken);
        var build = await InsertAsync(connection, by, silent, segments, groups, now, cancellationToken);
        var problems = await ProblemsAsync(connection, except: null, cancellationToken);
        return problems.Count > 0 ? new BuildRequest.Refused(problems) : new BuildRequest.Accepted(build);
    }

    /// <summary>What keeps the world that serves from serving with all that waits and runs.</summary>
    /// <param name="except">A build to leave out.</param>
    public static async Task<IReadOnlyList<WorldProblem>> ProblemsAsync(NpgsqlConnection connection, long? except, CancellationToken cancellationToken)
    {
        var live = await WorldStore.LiveAsync(connection, cancellationToken);
        var problems = live.With(await WorldStore.PendingAsync(connection, except, cancellationToken)).Problems();
        return problems.Count == 0 ? problems : await WithIdleAsync(connection, problems, cancellationToken);
    }

    // A world knows only what serves in it; a draft or an archived segment is there all the same.
    private static async Task<IReadOnlyList<WorldProblem>> WithIdleAsync(
        NpgsqlConnection connection, IReadOnlyList<WorldProblem> problems, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select coalesce(array_agg(key), array[]::text[]) from segmentation.segments where key = any($1)", connection);
        command.Parameters.Add(new()
        {
            Value = problems.Select(problem => problem is WorldProblem.UnknownSegment unknown ? unknown.Key : (problem as WorldProblem.UnknownInGroup)?.Key).OfType<string>().ToArray(),
        });
        var idle = ((string[])(await command.ExecuteScalarAsync(cancellationToken))!).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. problems.Select(problem => problem switch
            {
                WorldProblem.UnknownSegment unknown when idle.Contains(unknown.Key) => unknown with { IsIdle = true },
                WorldProblem.UnknownInGroup unknown when idle.Contains(unknown.Key) => unknown with { IsIdle = true },
                _ => problem,
            }),
        ];
    }

    // A version that is asked for again stays what it is.
    private static async Task SupersedeAsync(
        NpgsqlConnection connection, IReadOnlyCollection<SegmentChange> segments, IReadOnlyCollection<GroupChange> groups, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    with gone as (
                        delete from segmentation.build_segments c using segmentation.builds b
                        where b.id = c.build_id and b.state in ('waiting', 'running') and c.segment_id = any($1)
                        returning c.build_id, c.segment_id, c.version_id, c.was_archived
                    ), restored as (
                        update segmentation.segments s set archived = gone.was_archived from gone where s.id = gone.segment_id
                    ), cancelled as (
                        update segmentation.segment_versions v set state = 'cancelled' from gone
                        where v.id = gone.version_id and v.id <> all($2) and v.state in ('waiting', 'building')
                    )
                    select distinct build_id from gone
                    """)
                {
                    Parameters =
                    {
                        new() { Value = segments.Select(change => change.SegmentId).ToArray() },
                        new() { Value = segments.Select(change => change.VersionId).OfType<long>().ToArray() },
                    },
                },
                new("""
                    delete from segmentation.build_groups c using segmentation.builds b
                    where b.id = c.build_id and b.state in ('waiting', 'running') and c.group_key = any($1)
                    returning c.build_id
                    """) { Parameters = { new() { Value = groups.Select(change => change.Key).ToArray() } } },
            },
        };
        var superseded = new HashSet<long>();
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            do
            {
                while (await reader.ReadAsync(cancellationToken))
                    superseded.Add(reader.GetInt64(0));
            }
            while (await reader.NextResultAsync(cancellationToken));
        }

        if (superseded.Count > 0)
            await BuildEndStore.EndAsync(
                connection, [.. superseded], await EmptyAsync(connection, [.. superseded], cancellationToken), BuildEndStore.Cancelled, reason: null, now, cancellationToken);
    }

    private static async Task<long[]> EmptyAsync(NpgsqlConnection connection, long[] builds, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select coalesce(array_agg(id), array[]::bigint[]) from unnest($1) as build (id)
            where not exists (select from segmentation.build_segments where build_id = id)
              and not exists (select from segmentation.build_groups where build_id = id)
            """, connection);
        command.Parameters.Add(new() { Value = builds });
        return (long[])(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<long?> InsertAsync(
        NpgsqlConnection connection, string by, bool silent, IReadOnlyCollection<SegmentChange> segments, IReadOnlyCollection<GroupChange> groups,
        DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var insert = new NpgsqlCommand(
            "insert into segmentation.builds (requested, requested_by, silent, state) values ($1, $2, $3, 'waiting') returning id", connection);
        insert.Parameters.Add(new() { Value = now });
        insert.Parameters.Add(new() { Value = by });
        insert.Parameters.Add(new() { Value = silent });
        var build = (long)(await insert.ExecuteScalarAsync(cancellationToken))!;

        await using var batch = new NpgsqlBatch(connection);
        AddSegments(batch, build, segments, now);
        foreach (var group in groups)
            AddGroup(batch, build, group, by, now);
        batch.BatchCommands.Add(new("""
            delete from segmentation.builds where id = $1
              and not exists (select from segmentation.build_segments where build_id = $1)
              and not exists (select from segmentation.build_groups where build_id = $1)
            """) { Parameters = { new() { Value = build } } });
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return await BuildEndStore.IsPendingAsync(connection, build, cancellationToken) ? build : null;
    }

    private static void AddSegments(NpgsqlBatch batch, long build, IReadOnlyCollection<SegmentChange> segments, DateTimeOffset now)
    {
        NpgsqlParameter[] Changes() =>
        [
            new() { Value = segments.Select(change => change.SegmentId).ToArray() },
            new() { Value = segments.Select(change => change.VersionId).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
        ];

        var rows = new NpgsqlBatchCommand("""
            insert into segmentation.build_segments (build_id, segment_id, version_id, was_archived)
            select $3, change.segment_id, change.version_id, s.archived
            from unnest($1, $2) as change (segment_id, version_id) join segmentation.segments s on s.id = change.segment_id
            where change.version_id is not null
               or exists (select from segmentation.editions e where e.segment_id = change.segment_id and e.state in ('live', 'retiring'))
            """);
        rows.Parameters.AddRange((NpgsqlParameter[])[.. Changes(), new() { Value = build }]);
        var segmentRows = new NpgsqlBatchCommand("""
            update segmentation.segments s set archived = case when change.version_id is null then coalesce(s.archived, $3) end
            from unnest($1, $2) as change (segment_id, version_id) where s.id = change.segment_id
            """);
        segmentRows.Parameters.AddRange((NpgsqlParameter[])[.. Changes(), new() { Value = now }]);
        var versions = new NpgsqlBatchCommand("update segmentation.segment_versions v set state = 'waiting' from unnest($1, $2) as change (segment_id, version_id) where v.id = change.version_id and v.state <> 'live'");
        versions.Parameters.AddRange(Changes());
        batch.BatchCommands.Add(rows);
        batch.BatchCommands.Add(segmentRows);
        batch.BatchCommands.Add(versions);
    }

    private static void AddGroup(NpgsqlBatch batch, long build, GroupChange group, string by, DateTimeOffset now)
    {
        batch.BatchCommands.Add(new("insert into segmentation.build_groups (build_id, group_key, segment_ids) values ($1, $2, $3)")
        {
            Parameters = { new() { Value = build }, new() { Value = group.Key }, new() { Value = group.SegmentIds.ToArray() } },
        });
        batch.BatchCommands.Add(new("""
            insert into segmentation.segment_groups (key, revision, changed, changed_by) select $1, version, $2, $3 from segmentation.plan
            on conflict (key) do update set revision = excluded.revision, changed = excluded.changed, changed_by = excluded.changed_by
            """) { Parameters = { new() { Value = group.Key }, new() { Value = now }, new() { Value = by } } });
    }
}
