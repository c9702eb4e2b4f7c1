using Npgsql;

namespace EventSegmentation.Segmentation.Builds;

/// <summary>What a build leaves behind on its way. Only the owner of the projection writes it.</summary>
internal static class BuildProgressStore
{
    /// <summary>The most memberships that one sweep deletes.</summary>
    public const int MaxSwept = 10_000;

    /// <summary>Notes that more contacts have been evaluated for what is being built.</summary>
    public static async Task NoteAsync(NpgsqlConnection connection, int contacts, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("update segmentation.builds set built = least(built + $1, to_build) where state = 'running'", connection);
        command.Parameters.Add(new() { Value = (long)contacts });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Deletes memberships of editions that have ended; true if there may be more.</summary>
    public static async Task<bool> SweepAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            delete from segmentation.memberships where ctid = any(array(
                select m.ctid from segmentation.editions e cross join lateral (
                    select ctid from segmentation.memberships where edition_id = e.id limit $1
                ) m where e.state = 'retired' limit $1))
            """, connection);
        command.Parameters.Add(new() { Value = MaxSwept });
        return await command.ExecuteNonQueryAsync(cancellationToken) == MaxSwept;
    }
}
