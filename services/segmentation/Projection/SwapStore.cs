using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>A version that takes the place of another; either may be missing, when a segment begins or ends.</summary>
/// <param name="Version">The version number that transitions carry.</param>
/// <param name="Silent">True if nobody is to be told of the difference.</param>
internal sealed record Swap(long SegmentId, int Version, long? NewId, long? OldId, bool Silent);

/// <summary>
/// Makes a built version live, or ends a segment, in one moment: only the net difference of members goes to the ledger,
/// with the cause <c>definition</c>.
/// </summary>
internal static class SwapStore
{
    /// <summary>What waits: built versions of this plan, and segments that were deleted.</summary>
    public static async Task<IReadOnlyList<Swap>> WaitingAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select v.segment_id, v.version, v.silent,
                   case when v.state = 'building' then v.id end,
                   case when v.state = 'retiring' then v.id else live.id end
            from segmentation.segment_versions v
            left join segmentation.segment_versions live on live.segment_id = v.segment_id and live.state = 'live'
            where v.state in ('building', 'retiring')
            order by v.id
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var waiting = new List<Swap>();
        while (await reader.ReadAsync(cancellationToken))
        {
            waiting.Add(new(
                reader.GetInt64(0),
                reader.GetInt32(1),
                reader.IsDBNull(3) ? null : reader.GetInt64(3),
                reader.IsDBNull(4) ? null : reader.GetInt64(4),
                reader.GetBoolean(2)));
        }

        return waiting;
    }

    /// <summary>Notes that more contacts have been evaluated for the version that is being built.</summary>
    public static async Task NoteProgressAsync(NpgsqlConnection connection, ActivePlan plan, int contacts, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "update segmentation.segment_versions set built = least(built + $1, to_build) where id = any($2) and state = 'building'", connection);
        command.Parameters.Add(new() { Value = (long)contacts });
        command.Parameters.Add(new() { Value = plan.Versions.Keys.ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Swaps inside the caller's transaction; returns how many entries the ledger gained.</summary>
    public static async Task<int> ExecuteAsync(
        NpgsqlConnection connection, Swap swap, long ledgerEnd, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var told = swap.Silent ? 0 : await TellAsync(connection, swap, ledgerEnd, at, cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                // Who was a member before stays one since then.
                new("""
                    update segmentation.memberships n
                    set since = coalesce((select o.since from segmentation.memberships o where o.version_id = $2 and o.contact_id = n.contact_id), $3)
                    where n.version_id = $1
                    """) { Parameters = { Id(swap.NewId), Id(swap.OldId), new() { Value = at } } },
                new("delete from segmentation.memberships where version_id = $1") { Parameters = { Id(swap.OldId) } },
                new("update segmentation.segment_versions set state = 'retired' where id = $1") { Parameters = { Id(swap.OldId) } },
                new("update segmentation.segment_versions set state = 'live', live_since = $2 where id = $1") { Parameters = { Id(swap.NewId), new() { Value = at } } },
                new("update segmentation.plan set version = version + 1"),
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return told;
    }

    private static async Task<int> TellAsync(
        NpgsqlConnection connection, Swap swap, long ledgerEnd, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            with difference as (
                select n.contact_id, true as entered from segmentation.memberships n
                where n.version_id = $1
                  and not exists (select from segmentation.memberships o where o.version_id = $2 and o.contact_id = n.contact_id)
                union all
                select o.contact_id, false from segmentation.memberships o
                where o.version_id = $2
                  and not exists (select from segmentation.memberships n where n.version_id = $1 and n.contact_id = o.contact_id)
            ), numbered as (
                update segmentation.contact_states s set number = s.number + 1
                from difference where s.contact_id = difference.contact_id
                returning s.contact_id, s.number, difference.entered
            )
            insert into segmentation.ledger (position, contact_id, number, segment_id, version, entered, at, cause)
            select $3 + row_number() over (order by contact_id), contact_id, number, $4, $5, entered, $6, 'definition' from numbered
            """, connection);
        command.Parameters.Add(Id(swap.NewId));
        command.Parameters.Add(Id(swap.OldId));
        command.Parameters.Add(new() { Value = ledgerEnd });
        command.Parameters.Add(new() { Value = swap.SegmentId });
        command.Parameters.Add(new() { Value = swap.Version });
        command.Parameters.Add(new() { Value = at });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlParameter Id(long? id) => new() { Value = id is { } value ? value : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint };
}
