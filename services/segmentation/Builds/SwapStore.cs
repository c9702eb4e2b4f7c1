using EventSegmentation.Segmentation.Streams;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Builds;

/// <summary>What a swap did.</summary>
/// <param name="Builds">How many builds ended with it.</param>
/// <param name="Entries">How many rows the ledger gained, those that nobody is told of included.</param>
internal sealed record SwapOutcome(int Builds, int Entries);

/// <summary>
/// Makes everything that was built live, and ends what ends, in one moment: only the net difference of members goes to the
/// ledger, with the cause <c>definition</c>.
/// </summary>
internal static class SwapStore
{
    /// <summary>
    /// Swaps inside the caller's transaction, which holds the plan alone; null, and the transaction is to be rolled back, if the plan is
    /// another than the caller's, somebody is about to change it, a timer is due that must fire first, or a partition is behind.
    /// </summary>
    /// <param name="planVersion">The plan for which every state is complete.</param>
    /// <param name="least">The least sequence up to which every partition must have been followed.</param>
    /// <param name="now">The instant of the swap, if it is not before the last one; whatever was recorded and projected is not later.</param>
    public static async Task<SwapOutcome?> ExecuteAsync(
        NpgsqlConnection connection, long planVersion, long least, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await TakePlanAsync(connection, planVersion, least, now, cancellationToken) is not { } at)
            return null;
        await AllowJoinsOfSetsAsync(connection, cancellationToken);
        var entries = await TellAsync(connection, at, cancellationToken);
        await using var batch = new NpgsqlBatch(connection) { Timeout = LongWork.WithoutTimeout };
        AddMemberships(batch, at);
        AddVersions(batch, at);
        AddGroups(batch);
        AddEditions(batch);
        var done = new NpgsqlBatchCommand("update segmentation.builds set state = 'done', ended = $1, built = to_build where state = 'running'") { Parameters = { new() { Value = at } } };
        batch.BatchCommands.Add(done);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return new((int)done.RecordsAffected, entries);
    }

    /// <summary>Notes the swap in the plan; returns its instant, or null if it may not be yet.</summary>
    private static async Task<DateTimeOffset?> TakePlanAsync(
        NpgsqlConnection connection, long planVersion, long least, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            with free as (
                select editions, greatest(swapped_at, $2) as at from segmentation.plan for update skip locked
            ), followed as (
                select min(position) as position from segmentation.checkpoints where name = 'projector'
            )
            update segmentation.plan p set version = p.version + 1, editions = p.editions + 1, swapped_at = free.at, swapped_sequence = followed.position
            from free, followed
            where free.editions = $1 and followed.position >= $3 and not exists (select from segmentation.contact_states where due <= free.at)
            returning p.swapped_at
            """, connection);
        command.Parameters.Add(new() { Value = planVersion });
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = least });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? reader.GetFieldValue<DateTimeOffset>(0) : null;
    }

    // The pipeline's connections find rows by key. A swap joins what it has just found with itself, and there is no key: row by row
    // the time for that would grow with the square of those who enter and leave.
    private static async Task AllowJoinsOfSetsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true)", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // Per contact exits come first, then entries; those that are told are numbered. Where an exit and an entry belong to one
    // group, the number of the exit names the change.
    private static async Task<int> TellAsync(NpgsqlConnection connection, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            with pair as (
                select pair.*, v.version from {Pairs} join segmentation.segment_versions v on v.id = pair.version_id
            ), difference as (
                select m.contact_id, true as entered, pair.* from pair
                join segmentation.memberships m on m.edition_id = pair.new_id
                where not exists (select from segmentation.memberships o where o.edition_id = pair.old_id and o.contact_id = m.contact_id)
                union all
                select m.contact_id, false, pair.* from pair
                join segmentation.memberships m on m.edition_id = pair.old_id
                where not exists (select from segmentation.memberships n where n.edition_id = pair.new_id and n.contact_id = m.contact_id)
            ), numbered as (
                update segmentation.contact_states s set number = s.number + told.count
                from (select contact_id, count(*) from difference where not silent group by contact_id) as told
                where s.contact_id = told.contact_id
                returning s.contact_id, s.number - told.count as before
            ), placed as (
                select d.*, row_number() over (order by d.contact_id, d.entered, d.segment_id) as place,
                       case when not d.silent then numbered.before + count(*) filter (where not d.silent) over (
                           partition by d.contact_id order by d.entered, d.segment_id rows unbounded preceding) end as number
                from difference d left join numbered on numbered.contact_id = d.contact_id
            ), changed as (
                select placed.*,
                       min(number) filter (where not entered) over winner as exit_number,
                       bool_or(entered and not silent) over winner as is_followed
                from placed
                window winner as (partition by contact_id, group_key)
            ), ledger_end as (
                update segmentation.ledger_end set position = position + told.count from (select count(*) from difference) told where told.count > 0
                returning position - told.count as before
            )
            insert into segmentation.ledger (position, contact_id, number, segment_id, version, entered, at, cause, change_id)
            select ledger_end.before + place, contact_id, number, segment_id, version, entered, $1, 'definition',
                   case when group_key is not null and number is not null and exit_number is not null and is_followed
                        then segmentation.identity_of(format('change %s %s %s', contact_id, exit_number, group_key)) end
            from changed, ledger_end
            """, connection) { CommandTimeout = LongWork.WithoutTimeout };
        command.Parameters.Add(new() { Value = at });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // Who was a member before stays one since then. Those of the editions that end are swept later.
    private static void AddMemberships(NpgsqlBatch batch, DateTimeOffset at) => batch.BatchCommands.Add(new($"""
        update segmentation.memberships m
        set since = coalesce((select before.since from segmentation.memberships before where before.edition_id = pair.old_id and before.contact_id = m.contact_id), $1)
        from {Pairs}
        where m.edition_id = pair.new_id
          and m.since is distinct from coalesce((select before.since from segmentation.memberships before where before.edition_id = pair.old_id and before.contact_id = m.contact_id), $1)
        """) { Parameters = { new() { Value = at, NpgsqlDbType = NpgsqlDbType.TimestampTz } } });

    private static void AddVersions(NpgsqlBatch batch, DateTimeOffset at)
    {
        batch.BatchCommands.Add(new("""
            update segmentation.segment_versions v set state = 'retired', live_until = $1
            from segmentation.build_segments c join segmentation.builds b on b.id = c.build_id and b.state = 'running'
            where v.segment_id = c.segment_id and v.state = 'live' and v.id is distinct from c.version_id
            """) { Parameters = { new() { Value = at } } });
        batch.BatchCommands.Add(new("""
            update segmentation.segment_versions v set state = 'live', live_since = $1, live_until = null
            from segmentation.build_segments c join segmentation.builds b on b.id = c.build_id and b.state = 'running'
            where v.id = c.version_id and v.state <> 'live'
            """) { Parameters = { new() { Value = at } } });
    }

    private static void AddGroups(NpgsqlBatch batch)
    {
        batch.BatchCommands.Add(new("""
            update segmentation.segment_groups g set segment_ids = c.segment_ids
            from segmentation.build_groups c join segmentation.builds b on b.id = c.build_id and b.state = 'running'
            where g.key = c.group_key
            """));
        batch.BatchCommands.Add(new("""
            delete from segmentation.segment_groups g where g.segment_ids = array[]::bigint[]
              and not exists (select from segmentation.build_groups c join segmentation.builds b on b.id = c.build_id and b.state = 'waiting' where c.group_key = g.key)
            """));
    }

    // The old ones first: a segment has one edition that serves. A segment may change its group without being made anew.
    private static void AddEditions(NpgsqlBatch batch)
    {
        batch.BatchCommands.Add(new("""
            update segmentation.editions o set state = 'retired'
            where o.state = 'retiring'
               or (o.state = 'live' and exists (select from segmentation.editions n where n.segment_id = o.segment_id and n.state = 'building'))
            """));
        batch.BatchCommands.Add(new("update segmentation.editions set state = 'live' where state = 'building'"));
        batch.BatchCommands.Add(new("""
            update segmentation.editions e set group_key = g.key
            from segmentation.editions l left join segmentation.segment_groups g on l.segment_id = any(g.segment_ids)
            where e.id = l.id and l.state = 'live' and e.group_key is distinct from g.key
            """));
    }

    /// <summary>Each edition that was built with the one that it follows, and each that ends.</summary>
    private const string Pairs = """
        (
            select o.id as old_id, n.id as new_id, coalesce(n.segment_id, o.segment_id) as segment_id, coalesce(n.version_id, o.version_id) as version_id,
                   coalesce(n.silent, o.silent) as silent, coalesce(n.group_key, o.group_key) as group_key
            from (select * from segmentation.editions where state = 'building') n
            full join (select * from segmentation.editions where state in ('live', 'retiring')) o on o.segment_id = n.segment_id
            where n.id is not null or o.state = 'retiring'
        ) as pair
        """;
}
