using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Streams;

/// <summary>A stream as the writer found it, locked until its transaction ends.</summary>
/// <param name="Version">The version of its last event; 0 for a stream that does not exist yet.</param>
/// <param name="RecordedTo">No later event may carry an earlier recording instant.</param>
/// <param name="IsArchived">True if the contact was erased: nothing may be appended any more.</param>
internal readonly record struct StreamHead(long Version, DateTimeOffset RecordedTo, bool IsArchived = false);

/// <summary>One fact to be appended.</summary>
/// <param name="ContactId">The contact, and so the stream.</param>
/// <param name="Id">The store's id of the fact; unique over all streams.</param>
internal readonly record struct Append(long ContactId, Guid Id, StreamEvent Fact);

/// <summary>Writes facts to contacts' streams inside a transaction of the caller's, by the rules of the event store.</summary>
internal static class StreamAppender
{
    /// <summary>
    /// Locks the streams of contacts, in the order of their ids so that two writers cannot wait for each other,
    /// and says where each stands. Recording instants are taken after this lock: whatever has been decided
    /// about the contact up to now, by the clock too, lies before them.
    /// </summary>
    public static async Task<Dictionary<long, StreamHead>> LockAsync(
        NpgsqlConnection connection, IReadOnlyCollection<long> contacts, CancellationToken cancellationToken)
    {
        var heads = new Dictionary<long, StreamHead>(contacts.Count);
        if (contacts.Count == 0)
            return heads;

        await using var command = new NpgsqlCommand("""
            select id, version, timestamp, is_archived from public.mt_streams where id = any($1) order by id for no key update
            """, connection);
        command.Parameters.Add(new() { Value = contacts.Select(StreamId.Of).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            heads[StreamId.Contact(reader.GetString(0))] = new(reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetBoolean(3));
        return heads;
    }

    /// <summary>
    /// Appends facts in their order: stream rows first, then all events by one COPY. <paramref name="heads"/> must
    /// come from <see cref="LockAsync"/> in the same transaction. Throws a unique violation if a fact's id is already stored.
    /// Returns the sequence of the last fact; there must be one.
    /// </summary>
    public static async Task<long> AppendAsync(
        NpgsqlConnection connection,
        IReadOnlyList<Append> appends,
        IReadOnlyDictionary<long, StreamHead> heads,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var ends = new Dictionary<long, StreamHead>();
        var rows = new (string Stream, long Version, DateTimeOffset RecordedAt)[appends.Count];
        for (var i = 0; i < appends.Count; i++)
        {
            var contact = appends[i].ContactId;
            var head = ends.TryGetValue(contact, out var reached) ? reached : heads.GetValueOrDefault(contact, new(0, now));
            var end = new StreamHead(head.Version + 1, head.RecordedTo > now ? head.RecordedTo : now);
            ends[contact] = end;
            rows[i] = (StreamId.Of(contact), end.Version, end.RecordedTo);
        }

        await WriteHeadsAsync(connection, ends, cancellationToken);
        var sequences = await NextSequencesAsync(connection, appends.Count, cancellationToken);

        await using var copy = await connection.BeginBinaryImportAsync("""
            copy public.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, is_archived) from stdin (format binary)
            """, cancellationToken);
        for (var i = 0; i < appends.Count; i++)
        {
            await copy.StartRowAsync(cancellationToken);
            await copy.WriteAsync(sequences[i], NpgsqlDbType.Bigint, cancellationToken);
            await copy.WriteAsync(appends[i].Id, NpgsqlDbType.Uuid, cancellationToken);
            await copy.WriteAsync(rows[i].Stream, NpgsqlDbType.Varchar, cancellationToken);
            await copy.WriteAsync(rows[i].Version, NpgsqlDbType.Bigint, cancellationToken);
            await copy.WriteAsync(StreamFacts.Write(appends[i].Fact), NpgsqlDbType.Jsonb, cancellationToken);
            await copy.WriteAsync(appends[i].Fact.Alias, NpgsqlDbType.Varchar, cancellationToken);
            await copy.WriteAsync(rows[i].RecordedAt, NpgsqlDbType.TimestampTz, cancellationToken);
            await copy.WriteAsync("*DEFAULT*", NpgsqlDbType.Varchar, cancellationToken);
            await copy.WriteAsync(false, NpgsqlDbType.Boolean, cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);
        return sequences[^1];
    }

    private static async Task WriteHeadsAsync(
        NpgsqlConnection connection, Dictionary<long, StreamHead> ends, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        var command = new NpgsqlBatchCommand("""
            insert into public.mt_streams (id, type, version, timestamp, created, tenant_id, is_archived)
            select id, 'contact', version, at, at, '*DEFAULT*', false from unnest($1, $2, $3) as heads (id, version, at)
            on conflict (id) do update set version = excluded.version, timestamp = excluded.timestamp
            """);
        command.Parameters.Add(new() { Value = ends.Keys.Select(StreamId.Of).ToArray() });
        command.Parameters.Add(new() { Value = ends.Values.Select(end => end.Version).ToArray() });
        command.Parameters.Add(new() { Value = ends.Values.Select(end => end.RecordedTo).ToArray() });
        batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(new(AppendSignal.NotifySql));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<long[]> NextSequencesAsync(NpgsqlConnection connection, int count, CancellationToken cancellationToken)
    {
        // Not nextval(...) in the COPY: Marten's column has no default.
        await using var command = new NpgsqlCommand(
            "select array_agg(nextval('public.mt_events_sequence')) from generate_series(1, $1)", connection);
        command.Parameters.Add(new() { Value = count });
        var sequences = (long[])(await command.ExecuteScalarAsync(cancellationToken))!;
        return sequences;
    }
}
