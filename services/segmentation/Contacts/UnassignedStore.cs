using System.Text.Json;
using EventSegmentation.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>The statements about events that belong to nobody, inside the matcher's transaction.</summary>
internal static class UnassignedStore
{
    /// <summary>Keeps events, or notes the new reason of those that are kept already.</summary>
    public static NpgsqlBatchCommand KeepCommand(List<Unassigned> unassigned, DateTimeOffset now)
    {
        var events = unassigned.ConvertAll(lost => lost.Incoming.Event);
        return new("""
            insert into segmentation.unassigned_events
                (id, event_id, type, key_value, occurred_at, received_at, recorded_at, import, params, reason)
            select id, event_id, type, key_value, occurred_at, received_at, $10, import, params, reason
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) with ordinality
                as new (id, event_id, type, key_value, occurred_at, received_at, import, params, reason, place)
            order by place
            on conflict (id) do update set reason = excluded.reason
            """)
        {
            Parameters =
            {
                new() { Value = unassigned.Select(lost => lost.Incoming.Id).ToArray() },
                new() { Value = events.Select(e => e.EventId).ToArray() },
                new() { Value = events.Select(e => e.EventType).ToArray() },
                new() { Value = events.Select(e => e.KeyValue).ToArray() },
                new() { Value = events.Select(e => e.OccurredAt).ToArray() },
                new() { Value = events.Select(e => e.ReceivedAt).ToArray() },
                new() { Value = events.Select(e => e.Import).ToArray() },
                new() { Value = events.Select(e => e.Params.GetRawText()).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb },
                new() { Value = unassigned.Select(lost => lost.Reason).ToArray() },
                new() { Value = now },
            },
        };
    }

    /// <summary>The position of the event that came last; 0 if there is none.</summary>
    public static async Task<long> LastPositionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select coalesce(max(position), 0) from segmentation.unassigned_events", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// Locks the oldest events after a position and up to another, so that no rival takes them too; those that a rival
    /// has are passed over. Returns them in their order, the position of the last one, and of the first one passed over if there is one.
    /// </summary>
    public static async Task<(List<IncomingEvent> Events, long Position, long? Skipped)> TakeAsync(
        NpgsqlConnection connection, long after, long upTo, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select position, event_id, type, key_value, occurred_at, received_at, import, params from segmentation.unassigned_events
            where position > $1 and position <= $2 order by position limit $3 for update skip locked
            """, connection);
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = upTo });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var events = new List<IncomingEvent>();
        var positions = new List<long>();
        while (await reader.ReadAsync(cancellationToken))
        {
            positions.Add(reader.GetInt64(0));
            events.Add(new(
                new NormalizedEvent
                {
                    EventId = reader.GetString(1),
                    EventType = reader.GetString(2),
                    KeyValue = reader.IsDBNull(3) ? null : reader.GetString(3),
                    OccurredAt = reader.GetFieldValue<DateTimeOffset>(4),
                    ReceivedAt = reader.GetFieldValue<DateTimeOffset>(5),
                    Import = reader.GetBoolean(6),
                    Params = JsonElement.Parse(reader.GetFieldValue<byte[]>(7)),
                },
                TraceParent: null));
        }

        await reader.DisposeAsync();
        var position = positions.Count > 0 ? positions[^1] : after;
        await using var look = new NpgsqlCommand(
            "select min(position) from segmentation.unassigned_events where position > $1 and position <= $2 and position <> all($3)", connection);
        look.Parameters.Add(new() { Value = after });
        look.Parameters.Add(new() { Value = positions.Count < limit ? upTo : position });
        look.Parameters.Add(new() { Value = positions.ToArray() });
        return (events, position, await look.ExecuteScalarAsync(cancellationToken) as long?);
    }

    /// <summary>Forgets events that found a contact.</summary>
    public static async Task RemoveAsync(NpgsqlConnection connection, Guid[] ids, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("delete from segmentation.unassigned_events where id = any($1)", connection);
        command.Parameters.Add(new() { Value = ids });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
