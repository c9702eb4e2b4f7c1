using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using EventSegmentation.Benchmarks.Pipeline.Traffic;
using EventSegmentation.Segmentation.Streams;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Benchmarks.Pipeline.Floors;

/// <summary>
/// The least that storing events costs: the same events, in the stored form, by COPY into a table like that of the event store
/// with all its indexes; one connection, and nothing else in the transaction. Making the rows is not counted.
/// </summary>
internal static class CopyFloor
{
    private const int OfTransaction = 1_000;

    /// <summary>Returns events a second.</summary>
    public static async Task<double> MeasureAsync(Stack stack, EventStream events, int count)
    {
        await stack.ExecuteAsync("create schema floor; create table floor.mt_events (like public.mt_events including all)");
        var versions = new Dictionary<int, long>();
        var elapsed = TimeSpan.Zero;
        await using (var connection = await stack.Database.OpenConnectionAsync())
        {
            foreach (var places in Enumerable.Range(0, count).Chunk(OfTransaction))
            {
                var rows = places.Select(place => Row(events, place, versions)).ToArray();
                var started = Stopwatch.GetTimestamp();
                await CopyAsync(connection, rows);
                elapsed += Stopwatch.GetElapsedTime(started);
            }
        }

        await stack.ExecuteAsync("drop schema floor cascade");
        return count / elapsed.TotalSeconds;
    }

    private sealed record EventRow(long Sequence, Guid Id, string Stream, long Version, byte[] Data, DateTimeOffset At);

    private static EventRow Row(EventStream events, int place, Dictionary<int, long> versions)
    {
        var contact = events.ContactOf(place);
        var version = versions[contact] = versions.GetValueOrDefault(contact) + 1;
        var now = TimeProvider.System.GetUtcNow();
        var @params = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(@params);
        var (type, occurredAt) = events.Write(place, json);
        json.Flush();
        var fact = new EventRecorded(
            events.IdOf(place), type, KeyValue: null, occurredAt ?? now, now, Counts: true, Import: false, JsonElement.Parse(@params.WrittenSpan), TraceParent: null);
        return new(place + 1, EventIdentity.Of(fact.EventId), StreamId.Of(contact + 1), version, StreamFacts.Write(fact), now);
    }

    private static async Task CopyAsync(NpgsqlConnection connection, EventRow[] rows)
    {
        await using var copy = await connection.BeginBinaryImportAsync("""
            copy floor.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, is_archived) from stdin (format binary)
            """);
        foreach (var row in rows)
        {
            await copy.StartRowAsync();
            await copy.WriteAsync(row.Sequence, NpgsqlDbType.Bigint);
            await copy.WriteAsync(row.Id, NpgsqlDbType.Uuid);
            await copy.WriteAsync(row.Stream, NpgsqlDbType.Varchar);
            await copy.WriteAsync(row.Version, NpgsqlDbType.Bigint);
            await copy.WriteAsync(row.Data, NpgsqlDbType.Jsonb);
            await copy.WriteAsync(EventRecorded.TypeAlias, NpgsqlDbType.Varchar);
            await copy.WriteAsync(row.At, NpgsqlDbType.TimestampTz);
            await copy.WriteAsync("*DEFAULT*", NpgsqlDbType.Varchar);
            await copy.WriteAsync(false, NpgsqlDbType.Boolean);
        }

        await copy.CompleteAsync();
    }
}
