using System.Text.Json;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Schema;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Segments.Lists;

/// <summary>Keeps what became of uploads of lists.</summary>
internal sealed class ListImportStore(NpgsqlDataSource database)
{
    // A service that is killed leaves its row as running, and its lock goes with it: so one whose lock nobody holds is broken.
    private static readonly string IsKilled = $"""
        state = 'running' and not exists (
            select from pg_locks l
            where l.locktype = 'advisory' and l.granted and l.database = (select oid from pg_database where datname = current_database())
              and l.classid = {AdvisoryLocks.ListUploads}::oid and l.objid = list_imports.segment_id::oid and l.objsubid = 1)
        """;

    private static readonly string Columns = $"""
        id, mode, case when {IsKilled} then 'broken' else state end, case when {IsKilled} then '{ListImport.Killed}' else reason end,
        started, started_by, ended, lines, added, removed, unchanged, refused
        """;

    /// <summary>
    /// Notes the beginning of an upload, and the end of those before it that were killed. The caller holds the lock of uploads of
    /// the segment.
    /// </summary>
    /// <returns>Its id, and the last number by which somebody has joined the list.</returns>
    public async Task<(long Import, long Joined)> BeginAsync(ListedSegment segment, ListImportMode mode, string by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"""
            with broken as (
                update segmentation.list_imports set state = 'broken', reason = '{ListImport.Killed}', ended = $3 where segment_id = $1 and state = 'running'
            )
            insert into segmentation.list_imports (segment_id, mode, state, started, started_by) values ($1, $2, 'running', $3, $4)
            returning id, (select coalesce(max(joined), 0) from segmentation.list_members where segment_id = $1)
            """);
        command.Parameters.Add(new() { Value = segment.Id });
        command.Parameters.Add(new() { Value = mode.ToString().ToLowerInvariant() });
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = by });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>
    /// Counts what was done, in the transaction that did it. Throws if the upload is over: its lock was lost with a connection,
    /// and another one has begun.
    /// </summary>
    /// <param name="refusals">Those that are to be kept.</param>
    public static async Task CountAsync(
        NpgsqlConnection connection, long import, int lines, ListOutcome outcome, int refused, IEnumerable<ListRefusal> refusals, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            update segmentation.list_imports set lines = lines + $2, added = added + $3, removed = removed + $4,
                unchanged = unchanged + $5, refused = refused + $6, refusals = case when $7 = '[]' then refusals else refusals || $7 end
            where id = $1 and state = 'running'
            """, connection);
        command.Parameters.Add(new() { Value = import });
        command.Parameters.Add(new() { Value = lines });
        command.Parameters.Add(new() { Value = outcome.Added });
        command.Parameters.Add(new() { Value = outcome.Removed });
        command.Parameters.Add(new() { Value = outcome.Unchanged });
        command.Parameters.Add(new() { Value = refused });
        command.Parameters.Add(new()
        {
            Value = JsonSerializer.Serialize(refusals.Select(one => new ListImportRefusal(one.Place, one.Reason)).ToList(), ApiJson.Answers.ListListImportRefusal),
            NpgsqlDbType = NpgsqlDbType.Jsonb,
        });
        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0)
            throw new InvalidOperationException($"Another upload took the place of upload {import}.");
    }

    /// <summary>Notes the end of an upload.</summary>
    /// <param name="reason">Why it is broken; null if it is done.</param>
    public async Task EndAsync(long import, string? reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("update segmentation.list_imports set state = $2, reason = $4, ended = $3 where id = $1 and state = 'running'");
        command.Parameters.Add(new() { Value = import });
        command.Parameters.Add(new() { Value = reason is null ? ListImport.Done : ListImport.Broken });
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = (object?)reason ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>An upload with its refusals; null if the segment has none of this id.</summary>
    public async Task<ListImport?> ReadAsync(long segment, long import, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"select {Columns}, refusals::text from segmentation.list_imports where segment_id = $1 and id = $2");
        command.Parameters.Add(new() { Value = segment });
        command.Parameters.Add(new() { Value = import });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? Read(reader) with { Refusals = JsonSerializer.Deserialize(reader.GetString(12), ApiJson.Answers.ListListImportRefusal) }
            : null;
    }

    /// <summary>A segment's uploads, the newest first.</summary>
    /// <param name="before">Those of smaller ids only.</param>
    public async Task<List<ListImport>> ListAsync(long segment, long before, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"select {Columns} from segmentation.list_imports where segment_id = $1 and id < $2 order by id desc limit $3");
        command.Parameters.Add(new() { Value = segment });
        command.Parameters.Add(new() { Value = before });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var imports = new List<ListImport>();
        while (await reader.ReadAsync(cancellationToken))
            imports.Add(Read(reader));
        return imports;
    }

    private static ListImport Read(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3),
        reader.GetFieldValue<DateTimeOffset>(4), reader.GetString(5), reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6),
        reader.GetInt64(7), reader.GetInt64(8), reader.GetInt64(9), reader.GetInt64(10), reader.GetInt64(11), null);
}
