using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.History;

/// <summary>
/// Reads the event history: what is on streams, what belongs to nobody, and what was refused, merged by time. A part
/// costs the same wherever it lies, since each of the three is entered at the position by an index; only a contact's
/// events are read from its stream, which costs what the stream is long.
/// </summary>
internal sealed class EventHistoryStore(NpgsqlDataSource database)
{
    private const string Recorded = $"type = '{EventRecorded.TypeAlias}'";

    /// <summary>The next events after a position, or from the newest on; newest first, up to a limit.</summary>
    public async Task<List<HistoryEvent>> ListAsync(HistoryFilter filter, HistoryPosition? after, int limit, CancellationToken cancellationToken)
    {
        HistoryState[] states = [.. Enum.GetValues<HistoryState>().Where(filter.Has)];
        if (states.Length == 0)
            return [];

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (StreamId.TryContact(filter.Contact ?? "", out var contact))
            filter = filter with { Merged = [.. (await PersonStore.ReadAsync(connection, [contact], cancellationToken)).Person(contact).Skip(1).Select(StreamId.Of)] };
        await using var batch = new NpgsqlBatch(connection);
        foreach (var state in states)
            batch.BatchCommands.Add(Command(filter, state, after, limit));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);

        var found = new List<HistoryEvent>();
        foreach (var state in states)
        {
            while (await reader.ReadAsync(cancellationToken))
                found.Add(HistoryRows.Read(reader, state));
            await reader.NextResultAsync(cancellationToken);
        }

        // Each state's rows are in order already; a stable sort by instant keeps that, and the order of the states.
        return [.. found.OrderByDescending(one => one.Position.At).Take(limit)];
    }

    /// <summary>The event with an id: on a stream, else unassigned, else the latest refusal with that event id or refusal id; null if there is none.</summary>
    public async Task<HistoryDetail?> FindAsync(string eventId, CancellationToken cancellationToken)
    {
        var id = EventIdentity.Of(eventId);
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new($"select {HistoryRows.OfStreams} from public.mt_events e where id = $1 and {Recorded} and not is_archived") { Parameters = { new() { Value = id } } },
                new($"select {HistoryRows.Unassigned} from segmentation.unassigned_events where id = $1") { Parameters = { new() { Value = id } } },
                new($"select {HistoryRows.Refused} from segmentation.refused_events where event_id = $1 or id = $1 order by seq desc limit 1")
                {
                    Parameters = { new() { Value = eventId } },
                },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        foreach (var state in Enum.GetValues<HistoryState>())
        {
            if (await reader.ReadAsync(cancellationToken))
                return HistoryRows.ReadDetail(reader, state);
            await reader.NextResultAsync(cancellationToken);
        }

        return null;
    }

    /// <summary>The statement that reads one state's events; its rows are for <see cref="HistoryRows.Read"/>.</summary>
    public static NpgsqlBatchCommand Command(HistoryFilter filter, HistoryState state, HistoryPosition? after, int limit)
    {
        // Always an upper bound, so that every statement enters its index by it; without a filter it is infinity.
        var end = HistoryPosition.Before(filter.To ?? DateTimeOffset.MaxValue, state);
        var bound = after is { } position && position.At < end.At ? position.In(state) : end;
        var command = state switch
        {
            HistoryState.Assigned when filter.Contact is not null => OfContact(filter.Type),
            HistoryState.Assigned => OfStreams(filter.Type),
            HistoryState.Unassigned => OfTable(HistoryRows.Unassigned, "segmentation.unassigned_events", "occurred_at", "id", "'00000000-0000-0000-0000-000000000000'", filter.Type),
            _ => OfTable(HistoryRows.Refused, "segmentation.refused_events", "at", "seq", "0", filter.Type),
        };
        object?[] values =
        [
            bound.At, state == HistoryState.Unassigned ? bound.Id : bound.Sequence, filter.From ?? DateTimeOffset.MinValue, limit, filter.Contact is { } contact ? filter.Merged.Prepend(contact).ToArray() : null, filter.Type,
        ];
        foreach (var value in values.Where(value => value is not null))
            command.Parameters.Add(new() { Value = value });
        return command;
    }

    private static NpgsqlBatchCommand OfStreams(string? type) => new($"""
        select {HistoryRows.OfStreams} from public.mt_events e
        where {Recorded} and not is_archived and {Within(type, "data ->> 'EventType'", "segmentation.occurred_at(data)", "seq_id", "0")}
        """);

    private static NpgsqlBatchCommand OfTable(string columns, string table, string at, string key, string least, string? type) =>
        new($"select {columns} from {table} where {Within(type, "type", at, key, least)}");

    // A type is given by a range and not as equal to one value, and is the first to order by: so only its own index has the
    // order, and the planner cannot walk all events by time in search of a type that has not come for long.
    private static string Within(string? type, string typeColumn, string at, string key, string least) => type is null
        ? $"({at}, {key}) < ($1, $2) and {at} >= $3 order by {at} desc, {key} desc limit $4"
        : $"""
            ({typeColumn}, {at}, {key}) < ($5, $1, $2) and ({typeColumn}, {at}, {key}) >= ($5, $3, {least})
            order by {typeColumn} desc, {at} desc, {key} desc limit $4
            """;

    // Materialized, or the planner might walk all events by time in search of the few of one contact.
    private static NpgsqlBatchCommand OfContact(string? type) => new($"""
        with stream as materialized (
            select seq_id, segmentation.occurred_at(data) as at from public.mt_events
            where stream_id = any($5) and {Recorded} and not is_archived {(type is null ? "" : "and data ->> 'EventType' = $6")}
        ), page as (
            select seq_id from stream where (at, seq_id) < ($1, $2) and at >= $3 order by at desc, seq_id desc limit $4
        )
        select {HistoryRows.OfStreams} from page join public.mt_events e using (seq_id)
        order by segmentation.occurred_at(data) desc, seq_id desc
        """);
}
