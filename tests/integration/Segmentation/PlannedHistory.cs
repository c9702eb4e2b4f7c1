using Npgsql;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>A store with enough events that the planner's choices mean something.</summary>
public sealed class PlannedHistory : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly StreamStore _store = new();

    public async Task InitializeAsync()
    {
        await _store.InitializeAsync();
        foreach (var sql in (string[])
            [
                "insert into public.mt_streams (id, version) select s::text, 200 from generate_series(1, 100) s",
                """
                insert into public.mt_events (seq_id, id, stream_id, version, data, type, timestamp)
                select i, gen_random_uuid(), (i % 100 + 1)::text, i / 100 + 1,
                    jsonb_build_object('EventId', 'e' || i, 'EventType', 'Planned' || i % 10, 'OccurredAt', timestamptz '2026-01-01Z' + i * interval '1 second'),
                    'event_recorded', now()
                from generate_series(1, 20000) i
                """,
                """
                insert into segmentation.unassigned_events (id, event_id, type, occurred_at, received_at, recorded_at, import, params, reason)
                select gen_random_uuid(), 'u' || i, 'Planned' || i % 10, timestamptz '2026-01-01Z' + i * interval '1 second', now(), now(), false, '{}', 'none'
                from generate_series(1, 20000) i
                """,
                """
                insert into segmentation.refused_events (id, type, occurred_at, received_at, source, reasons, body)
                select gen_random_uuid(), 'Planned' || i % 10, timestamptz '2026-01-01Z' + i * interval '1 second', now(), 'http', '[]', '{}'
                from generate_series(1, 20000) i
                """,
                "analyze",
            ])
        {
            await using var command = _store.Source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>The plan of a statement with its values.</summary>
    public async Task<string> ExplainAsync(NpgsqlBatchCommand statement)
    {
        await using var command = _store.Source.CreateCommand($"explain {statement.CommandText}");
        foreach (NpgsqlParameter parameter in statement.Parameters)
            command.Parameters.Add(new() { Value = parameter.Value });
        var lines = new List<string>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            lines.Add(reader.GetString(0));
        return string.Join('\n', lines);
    }

    public async ValueTask DisposeAsync() => await _store.DisposeAsync();
}
