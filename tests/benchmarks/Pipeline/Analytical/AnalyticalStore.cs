using System.Data.Common;
using System.Runtime.InteropServices;
using DuckDB.NET.Data;

namespace EventSegmentation.Benchmarks.Pipeline.Analytical;

/// <summary>The recorded events of the event store in a table of DuckDB's own, typed and in memory, with the threads that DuckDB chooses.</summary>
internal sealed class AnalyticalStore : IDisposable
{
    private const string Library = "duckdb";
    private const int ReadSeconds = 600;
    private readonly DuckDBConnection _connection = new(DuckDBConnectionStringBuilder.InMemoryConnectionString);

    private AnalyticalStore() => _connection.Open();

    public string Version => _connection.ServerVersion;

    /// <summary>An empty one; null if this machine cannot load DuckDB's native library.</summary>
    public static AnalyticalStore? TryOpen() =>
        NativeLibrary.TryLoad(Library, typeof(DuckDBConnection).Assembly, searchPath: null, out _) ? new() : null;

    /// <summary>Copies the events, with what the question needs of them; returns how many there are in the table.</summary>
    public async Task<long> LoadAsync(Stack stack)
    {
        Execute("create table events (contact bigint not null, type varchar not null, occurred_at timestamptz not null, counts boolean not null, total_cost decimal(18, 4))");
        await using (var stored = stack.Database.CreateCommand("""
            select stream_id::bigint, data ->> 'EventType', segmentation.occurred_at(data), (data ->> 'Counts')::boolean, (data -> 'Params' ->> 'totalCost')::numeric
            from public.mt_events where type = 'event_recorded'
            """))
        {
            stored.CommandTimeout = ReadSeconds;
            await using var events = await stored.ExecuteReaderAsync();
            await AppendAsync(events);
        }

        return Read("select count(*) from events").Single();
    }

    /// <summary>Puts the contacts that the question finds at an instant into a table; it takes the place of an earlier answer.</summary>
    public void Answer(SpendersQuestion question, DateTimeOffset now) =>
        Execute($"create or replace table members as {question.Sql}", new DuckDBParameter(SpendersQuestion.Now, now));

    /// <summary>The contacts of the last answer.</summary>
    public IEnumerable<long> Members() => Read("select contact from members");

    public void Dispose() => _connection.Dispose();

    private async Task AppendAsync(DbDataReader events)
    {
        using var appender = _connection.CreateAppender("events");
        while (await events.ReadAsync())
        {
            appender.CreateRow()
                .AppendValue(events.GetInt64(0))
                .AppendValue(events.GetString(1))
                .AppendValue(events.GetFieldValue<DateTimeOffset>(2))
                .AppendValue(events.GetBoolean(3))
                .AppendValue(events.IsDBNull(4) ? null : events.GetDecimal(4))
                .EndRow();
        }
    }

    private void Execute(string sql, params DuckDBParameter[] parameters)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddRange(parameters);
        command.ExecuteNonQuery();
    }

    private IEnumerable<long> Read(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read())
            yield return reader.GetInt64(0);
    }
}
