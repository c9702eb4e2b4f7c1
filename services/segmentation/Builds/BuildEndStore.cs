using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Builds;

/// <summary>
/// Ends builds before they are swapped: somebody takes a change back, or it cannot be evaluated. In the caller's transaction, which
/// holds the lock of the plan.
/// </summary>
internal static class BuildEndStore
{
    /// <summary>The state of a build that somebody took back, or that was superseded.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>The state of a build that could not be evaluated.</summary>
    public const string Failed = "failed";

    /// <summary>
    /// Takes a change back. The newest version of a segment that does not serve is a draft again, others are cancelled; a
    /// segment is archived as it was before. The revisions of its segments and groups rise. Whatever ran with it begins anew.
    /// </summary>
    public static async Task<Cancellation> CancelAsync(NpgsqlConnection connection, long build, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!await IsPendingAsync(connection, build, cancellationToken))
            return new Cancellation.NotPending();
        var problems = await BuildStore.ProblemsAsync(connection, build, cancellationToken);
        if (problems.Count > 0)
            return new Cancellation.Needed(problems);

        await TakeBackAsync(connection, build, cancellationToken);
        await EndAsync(connection, touched: [build], ended: [build], Cancelled, reason: null, now, cancellationToken);
        return new Cancellation.Cancelled();
    }

    /// <summary>Ends builds that cannot be evaluated, with the same consequences; and all others that wait or run too, if they could not serve without them.</summary>
    /// <returns>How many have ended.</returns>
    public static async Task<int> FailAsync(NpgsqlConnection connection, long[] builds, string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await FailTheseAsync(connection, builds, reason, now, cancellationToken);
        if ((await BuildStore.ProblemsAsync(connection, except: null, cancellationToken)).Count == 0)
            return builds.Length;
        var others = await InStateAsync(connection, ["waiting", "running"], cancellationToken);
        await FailTheseAsync(connection, others, $"It could not serve without another build, which failed: {reason}", now, cancellationToken);
        return builds.Length + others.Length;
    }

    /// <summary>The builds that run.</summary>
    public static Task<long[]> RunningAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        InStateAsync(connection, ["running"], cancellationToken);

    /// <summary>
    /// Ends builds. If something that ran is touched, what was built so far is of a world that will not come: everything that
    /// ran waits again. The memberships of the editions that are dropped are swept by the projection, which may be about to
    /// write more of them.
    /// </summary>
    /// <param name="touched">The builds of which something ends.</param>
    /// <param name="ended">Those of which nothing is left.</param>
    /// <param name="state">What becomes of them.</param>
    /// <param name="reason">Why they failed; null if they did not.</param>
    public static async Task EndAsync(
        NpgsqlConnection connection, long[] touched, long[] ended, string state, string? reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // In the order of ids, as the owner of the projection does who notes how far they are: else each could wait for the other.
        await using var running = new NpgsqlCommand("""
            with pending as (select id, state from segmentation.builds where state in ('waiting', 'running') order by id for update)
            select coalesce(bool_or(id = any($1) and state = 'running'), false) from pending
            """, connection);
        running.Parameters.Add(new() { Value = touched });
        var mustBeginAnew = (bool)(await running.ExecuteScalarAsync(cancellationToken))!;

        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("update segmentation.builds set state = $3, ended = $2, reason = $4 where id = any($1)")
                {
                    Parameters = { new() { Value = ended }, new() { Value = now }, new() { Value = state }, new() { Value = (object?)reason ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text } },
                },
            },
        };
        if (mustBeginAnew)
        {
            batch.BatchCommands.Add(new("update segmentation.builds set state = 'waiting', started = null, built = 0, to_build = 0 where state = 'running'"));
            batch.BatchCommands.Add(new("update segmentation.segment_versions set state = 'waiting' where state = 'building'"));
            batch.BatchCommands.Add(new("update segmentation.plan set editions = editions + 1"));
            batch.BatchCommands.Add(new("update segmentation.editions set state = case state when 'building' then 'retired' else 'live' end where state in ('building', 'retiring')"));
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>True if a build waits or runs.</summary>
    public static async Task<bool> IsPendingAsync(NpgsqlConnection connection, long build, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select exists (select from segmentation.builds where id = $1 and state in ('waiting', 'running'))", connection);
        command.Parameters.Add(new() { Value = build });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task FailTheseAsync(NpgsqlConnection connection, long[] builds, string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var build in builds)
            await TakeBackAsync(connection, build, cancellationToken);
        await EndAsync(connection, touched: builds, ended: builds, Failed, reason, now, cancellationToken);
    }

    private static async Task<long[]> InStateAsync(NpgsqlConnection connection, string[] states, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select coalesce(array_agg(id), array[]::bigint[]) from segmentation.builds where state = any($1)", connection);
        command.Parameters.Add(new() { Value = states });
        return (long[])(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task TakeBackAsync(NpgsqlConnection connection, long build, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    update segmentation.segment_versions v
                    set state = case
                        when exists (select from segmentation.editions e where e.segment_id = v.segment_id and e.state in ('live', 'retiring')) then 'cancelled'
                        when exists (select from segmentation.segment_versions newer where newer.segment_id = v.segment_id and newer.version > v.version) then 'cancelled'
                        else 'draft' end
                    from segmentation.build_segments c
                    where c.build_id = $1 and c.version_id = v.id and v.state in ('waiting', 'building')
                    """) { Parameters = { new() { Value = build } } },
                new("""
                    update segmentation.segments s set archived = c.was_archived, revision = s.revision + 1
                    from segmentation.build_segments c where c.build_id = $1 and c.segment_id = s.id
                    """) { Parameters = { new() { Value = build } } },
                new("""
                    delete from segmentation.segment_groups g using segmentation.build_groups c
                    where c.build_id = $1 and c.group_key = g.key and g.segment_ids = array[]::bigint[]
                    """) { Parameters = { new() { Value = build } } },
                new("""
                    update segmentation.segment_groups g set revision = plan.version
                    from segmentation.build_groups c, segmentation.plan where c.build_id = $1 and c.group_key = g.key
                    """) { Parameters = { new() { Value = build } } },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
