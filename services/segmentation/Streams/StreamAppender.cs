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
    private const string Heads = "select id, version, timestamp, is_archived from public.mt_streams where id = any($1)";

    /// <summary>
    /// Locks the streams of contacts, in the order of their ids so that two writers cannot wait for each other,
    /// and says where each stands. Recording instants are taken after this lock: whatever has been decided
    /// about the contact up to now, by the clock too, lies before them.
    /// </summary>
    public static async Task<Dictionary<long, StreamHead>> LockAsync(
        NpgsqlConnection connection, IReadOnlyCollection<long> contacts, CancellationToken cancellationToken)
    {
        if (contacts.Count == 0)
            return [];
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { LockCommand(contacts) } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadHeadsAsync(reader, cancellationToken);
    }

    /// <summary>What <see cref="LockAsync"/> does, for a round trip that does more; <see cref="ReadHeadsAsync"/> takes its rows.</summary>
    public static NpgsqlBatchCommand LockCommand(IReadOnlyCollection<long> contacts) =>
        new($"{Heads} order by id for no key update") { Parameters = { new() { Value = contacts.Select(StreamId.Of).ToArray() } } };

    /// <summary>Says where streams stand without locking them; <see cref="ReadHeadsAsync"/> takes its rows.</summary>
    public static NpgsqlBatchCommand HeadsCommand(IReadOnlyCollection<long> contacts) =>
        new(Heads) { Parameters = { new() { Value = contacts.Select(StreamId.Of).ToArray() } } };

    /// <summary>Takes the rows of <see cref="LockCommand"/> or <see cref="HeadsCommand"/>.</summary>
    public static async Task<Dictionary<long, StreamHead>> ReadHeadsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var heads = new Dictionary<long, StreamHead>();
        while (await reader.ReadAsync(cancellationToken))
            heads[StreamId.Contact(reader.GetString(0))] = new(reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetBoolean(3));
        return heads;
    }

    /// <summary>
    /// Appends facts in their order, in one round trip. <paramref name="heads"/> must come from <see cref="LockAsync"/> in the
    /// same transaction. Throws a unique violation if a fact's id is already stored, or a rival began the same stream.
    /// Returns the sequence of the last fact; there must be one.
    /// </summary>
    public static async Task<long> AppendAsync(
        NpgsqlConnection connection,
        IReadOnlyList<Append> appends,
        IReadOnlyDictionary<long, StreamHead> heads,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        AddTo(batch, appends, heads, now);

        // A session is told what a sequence gave it last; the statements before this one return no rows.
        batch.BatchCommands.Add(new("select currval('public.mt_events_sequence')"));
        return (long)(await batch.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>What <see cref="AppendAsync"/> does, for a round trip that does more. There must be a fact.</summary>
    public static void AddTo(NpgsqlBatch batch, IReadOnlyList<Append> appends, IReadOnlyDictionary<long, StreamHead> heads, DateTimeOffset now)
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

        // Each event must find its stream's row, and asks for a lock of it. Of a row that was only locked it has that lock
        // already; one that has just been written it would have to lock anew, which costs. So those that exist are written last.
        AddHeads(batch, """
            insert into public.mt_streams (id, type, version, timestamp, created, tenant_id, is_archived)
            select id, 'contact', version, at, at, '*DEFAULT*', false from unnest($1, $2, $3) as heads (id, version, at)
            """, ends.Where(end => !heads.ContainsKey(end.Key)));
        batch.BatchCommands.Add(EventsCommand(appends, rows));
        AddHeads(batch, """
            update public.mt_streams s set version = heads.version, timestamp = heads.at
            from unnest($1, $2, $3) as heads (id, version, at) where s.id = heads.id
            """, ends.Where(end => heads.ContainsKey(end.Key)));
        batch.BatchCommands.Add(new(AppendSignal.NotifySql));
    }

    // Marten's column of sequences has no default.
    private static NpgsqlBatchCommand EventsCommand(IReadOnlyList<Append> appends, (string Stream, long Version, DateTimeOffset RecordedAt)[] rows) => new("""
        insert into public.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, is_archived)
        select nextval('public.mt_events_sequence'), id, stream_id, version, data, type, at, '*DEFAULT*', false
        from unnest($1, $2, $3, $4, $5, $6) as facts (id, stream_id, version, data, type, at)
        """)
    {
        Parameters =
        {
            new() { Value = appends.Select(append => append.Id).ToArray() },
            new() { Value = rows.Select(row => row.Stream).ToArray() },
            new() { Value = rows.Select(row => row.Version).ToArray() },
            new() { Value = appends.Select(append => StreamFacts.Write(append.Fact)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb },
            new() { Value = appends.Select(append => append.Fact.Alias).ToArray() },
            new() { Value = rows.Select(row => row.RecordedAt).ToArray() },
        },
    };

    private static void AddHeads(NpgsqlBatch batch, string sql, IEnumerable<KeyValuePair<long, StreamHead>> heads)
    {
        var rows = heads.ToArray();
        if (rows.Length == 0)
            return;
        batch.BatchCommands.Add(new(sql)
        {
            Parameters =
            {
                new() { Value = rows.Select(row => StreamId.Of(row.Key)).ToArray() },
                new() { Value = rows.Select(row => row.Value.Version).ToArray() },
                new() { Value = rows.Select(row => row.Value.RecordedTo).ToArray() },
            },
        });
    }
}
