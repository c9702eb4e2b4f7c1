using System.Text.Json;
using EventSegmentation.Segmentation.Http;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Segments.Lists;

/// <summary>Keeps what became of uploads of lists.</summary>
internal sealed class ListImportStore(NpgsqlDataSource database)
{
    private const string Columns = "id, mode, state, started, started_by, ended, lines, added, removed, unchanged, refused";

    /// <summary>Notes the beginning of an upload; returns its id.</summary>
    public async Task<long> BeginAsync(ListedSegment segment, ListImportMode mode, string by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            insert into segmentation.list_imports (segment_id, mode, state, started, started_by) values ($1, $2, 'running', $3, $4) returning id
            """);
        command.Parameters.Add(new() { Value = segment.Id });
        command.Parameters.Add(new() { Value = mode.ToString().ToLowerInvariant() });
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = by });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Counts what was done, in the transaction that did it.</summary>
    /// <param name="refusals">Those that are to be kept.</param>
    public static async Task CountAsync(
        NpgsqlConnection connection, long import, int lines, ListOutcome outcome, int refused, IEnumerable<ListRefusal> refusals, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            update segmentation.list_imports set lines = lines + $2, added = added + $3, removed = removed + $4,
                unchanged = unchanged + $5, refused = refused + $6, refusals = refusals || $7
            where id = $1
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
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Notes the end of an upload.</summary>
    public async Task EndAsync(long import, string state, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("update segmentation.list_imports set state = $2, ended = $3 where id = $1");
        command.Parameters.Add(new() { Value = import });
        command.Parameters.Add(new() { Value = state });
        command.Parameters.Add(new() { Value = now });
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
            ? Read(reader) with { Refusals = JsonSerializer.Deserialize(reader.GetString(11), ApiJson.Answers.ListListImportRefusal) }
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
        reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetString(4),
        reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5),
        reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8), reader.GetInt64(9), reader.GetInt64(10), null);
}
