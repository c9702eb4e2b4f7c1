using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Builds;

/// <summary>How far the running builds are.</summary>
/// <param name="Builds">How many run.</param>
/// <param name="Built">Contacts that are done.</param>
/// <param name="ToBuild">Contacts that there were at the start.</param>
internal sealed record BuildProgress(int Builds, long Built, long ToBuild, DateTimeOffset Started);

/// <summary>What a build leaves behind on its way. Only owners of partitions write it.</summary>
internal static class BuildProgressStore
{
    /// <summary>The most memberships that one sweep deletes.</summary>
    public const int MaxSwept = 10_000;

    private const string Columns = "count(*), coalesce(max(built), 0), coalesce(max(to_build), 0), min(started)";

    /// <summary>How far the running builds are; all of them are as far.</summary>
    public static Task<BuildProgress> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ReadAsync(new NpgsqlCommand($"select {Columns} from segmentation.builds where state = 'running'", connection), cancellationToken);

    /// <summary>Notes that more contacts have been evaluated for what is being built; returns how far that is.</summary>
    public static Task<BuildProgress> NoteAsync(NpgsqlConnection connection, int contacts, CancellationToken cancellationToken) =>
        ReadAsync(
            new NpgsqlCommand($"""
                with running as (
                    select id from segmentation.builds where state = 'running' order by id for update
                ), noted as (
                    update segmentation.builds b set built = least(built + $1, to_build) from running where b.id = running.id
                    returning built, to_build, started
                )
                select {Columns} from noted
                """, connection) { Parameters = { new() { Value = (long)contacts } } },
            cancellationToken);

    /// <summary>Deletes memberships of editions that have ended; true if there may be more.</summary>
    public static async Task<bool> SweepAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            delete from segmentation.memberships where ctid = any(array(
                select m.ctid from segmentation.editions e cross join lateral (
                    select ctid from segmentation.memberships where edition_id = e.id limit $1
                ) m where e.state = 'retired' limit $1))
            """, connection) { CommandTimeout = LongWork.WithoutTimeout };
        command.Parameters.Add(new() { Value = MaxSwept });
        return await command.ExecuteNonQueryAsync(cancellationToken) == MaxSwept;
    }

    /// <summary>
    /// Deletes the editions that have ended and have no memberships left; true if some have. Kept, they would be looked through
    /// by every sweep. The caller holds the plan alone: nobody is about to write more memberships of them.
    /// </summary>
    public static async Task<bool> EndAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    delete from segmentation.editions e where e.state = 'retired'
                      and not exists (select from segmentation.memberships m where m.edition_id = e.id)
                    """),
                new("select exists (select from segmentation.editions where state = 'retired')"),
            },
        };
        return (bool)(await batch.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<BuildProgress> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var owned = command;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new((int)reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.IsDBNull(3) ? default : reader.GetFieldValue<DateTimeOffset>(3));
    }
}
