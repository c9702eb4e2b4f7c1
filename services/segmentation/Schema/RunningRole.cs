using Npgsql;

namespace EventSegmentation.Segmentation.Schema;

/// <summary>What the role of the running service may do, if it is not the one that owns the database: read and write rows, and nothing else.</summary>
internal static class RunningRole
{
    /// <summary>Gives it its rights, in the transaction of the owner that has brought the schema forward.</summary>
    public static async Task GrantAsync(NpgsqlConnection connection, string role, CancellationToken cancellationToken)
    {
        // Streams are never deleted: an erasure empties what they say.
        await using var grants = new NpgsqlCommand("""
            select format(statement, role) from (select quote_ident($1)) named (role), unnest(array[
                'revoke all on all tables in schema public, segmentation from %1$s',
                'grant usage on schema public, segmentation to %1$s',
                'grant select, insert, update, delete on all tables in schema segmentation to %1$s',
                'grant usage, select on all sequences in schema segmentation to %1$s',
                'grant execute on all functions in schema segmentation to %1$s',
                'grant select, insert, update on public.mt_streams, public.mt_events to %1$s',
                'grant usage, select on sequence public.mt_events_sequence to %1$s',
                'grant select on public.segmentation_migrations to %1$s'
            ]) statement where $1 <> current_user
            """, connection);
        grants.Parameters.Add(new() { Value = role });
        var statements = new List<string>();
        await using (var reader = await grants.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
                statements.Add(reader.GetString(0));
        }

        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
