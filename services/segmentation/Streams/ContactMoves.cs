using Npgsql;

namespace EventSegmentation.Segmentation.Streams;

/// <summary>A contact that a merge moves to another partition.</summary>
/// <param name="Sequence">That of the merge, the first of its facts that belongs to the new partition.</param>
/// <param name="Before">The partition in which it lay.</param>
/// <param name="MayFollow">True if all that the old partition had of it is projected.</param>
internal readonly record struct ContactMove(long ContactId, long Sequence, short Partition, short Before, bool MayFollow);

/// <summary>Which contacts lie in another partition than their ids say.</summary>
internal static class ContactMoves
{
    /// <summary>
    /// Moves contacts, all of one person, from a merge on to the partition of another; nothing if they lie there already. The
    /// caller's transaction has locked the streams of all and has recorded the merge.
    /// </summary>
    /// <param name="merge">The store's id of the merge's first fact.</param>
    public static async Task MoveAsync(NpgsqlConnection connection, long[] contacts, long into, Guid merge, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            insert into segmentation.moved_contacts (contact_id, sequence, partition, partition_before)
            select moved.id, merge.seq_id, segmentation.partition_of($2), segmentation.partition_of(moved.id)
            from unnest($1) as moved (id), public.mt_events merge
            where merge.id = $3 and segmentation.partition_of(moved.id) <> segmentation.partition_of($2)
            """, connection);
        command.Parameters.Add(new() { Value = contacts });
        command.Parameters.Add(new() { Value = into });
        command.Parameters.Add(new() { Value = merge });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>What merges move, in the order of their sequences.</summary>
    /// <param name="merges">The sequences of the merges' first facts.</param>
    public static async Task<List<ContactMove>> ReadAsync(NpgsqlConnection connection, long[] merges, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select m.contact_id, m.sequence, m.partition, m.partition_before, c.position >= m.sequence - 1
            from segmentation.moved_contacts m
            join segmentation.checkpoints c on c.name = 'projector' and c.partition = m.partition_before
            where m.sequence = any($1) order by m.sequence
            """, connection);
        command.Parameters.Add(new() { Value = merges });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var moves = new List<ContactMove>();
        while (await reader.ReadAsync(cancellationToken))
            moves.Add(new(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt16(2), reader.GetInt16(3), reader.GetBoolean(4)));
        return moves;
    }
}
