using Npgsql;

namespace EventSegmentation.Segmentation.Streams;

/// <summary>What one look at the end of the store showed.</summary>
/// <param name="Events">New events of the partitions asked for, in order, up to the first gap that may still be filled.</param>
/// <param name="Position">Everything up to here has been seen; it may pass numbers that were given out and never used.</param>
/// <param name="GivenOut">The last number given out; what lies between it and the position is yet to be read.</param>
internal sealed record NewEvents(IReadOnlyList<StoredEvent> Events, long Position, long GivenOut)
{
    /// <summary>How many events were read, those of other partitions included.</summary>
    public int Read { get; init; }

    /// <summary>Contacts that come with these events from partitions that were not asked for.</summary>
    public IReadOnlyList<ContactMove> Arrivals { get; init; } = [];

    /// <summary>True if the next event is of a contact of which another partition's owner has something left to do.</summary>
    public bool MustWait { get; init; }

    /// <summary>True if it ends before a gap of which the next look will find out whether it may still be filled.</summary>
    public bool IsBeforeNewGap { get; init; }
}

/// <summary>
/// Follows the store in the order of its sequence and never passes a gap that an open transaction could still fill.
/// A number is given out before its transaction commits, so a later number can be visible first. Whoever takes a
/// number holds a lock on the sequence until its transaction ends; a gap is closed once every transaction that
/// held that lock when the gap was first seen has ended. Not safe for concurrent use.
/// </summary>
internal sealed class StreamFollower
{
    // All of it for who owns all, that is mostly for the only replica.
    private const string Everything = "select seq_id, stream_id, version, timestamp, type, data from public.mt_events where seq_id > $1 order by seq_id limit $2";

    // Of other partitions' events only that they are there: their data stay where they are. The last four digits say where an id
    // lies, because 16 divides 10,000; what is no contact's stream lies in the first partition.
    private const string OfPartitions = """
        select e.seq_id, e.stream_id, e.version, e.timestamp, case when place.partition = any($3) then e.type end,
               case when place.partition = any($3) then e.data end, place.partition
        from (select seq_id, stream_id, version, timestamp, type, data from public.mt_events where seq_id > $1 order by seq_id limit $2) e
        left join lateral (
            select m.partition from segmentation.moved_contacts m
            where m.contact_id = case when e.stream_id ~ '^[0-9]{1,18}$' then e.stream_id::bigint end and m.sequence <= e.seq_id
            order by m.sequence desc limit 1
        ) moved on true
        cross join lateral (
            select coalesce(moved.partition, case when e.stream_id ~ '^[0-9]+$' then (right(e.stream_id, 4)::integer % 16)::smallint else 0::smallint end) as partition
        ) place
        order by e.seq_id
        """;

    private Gap? _gap;

    // Gaps are rare while one writer is at work, and who holds the sequence is dear to ask: so only looks after one that met a gap ask.
    private bool _asksWriters;

    private sealed record Gap(long First, long GivenOut, IReadOnlySet<string> Writers);

    /// <summary>
    /// Asks in a round trip of the caller's for up to <paramref name="limit"/> events after the first of some positions, of which
    /// <see cref="ReadAsync"/> returns those that each partition lacks; then <see cref="WithMovesAsync"/> is due.
    /// </summary>
    public void AddTo(NpgsqlBatch batch, Positions positions, int limit)
    {
        var rows = new NpgsqlBatchCommand(IsOfAll(positions) ? Everything : OfPartitions)
        {
            Parameters = { new() { Value = positions.First }, new() { Value = limit } },
        };
        if (!IsOfAll(positions))
            rows.Parameters.Add(PartitionParameter.Of(positions.Partitions));

        // A gap is passed only by a look that asks for writers: three statements, three snapshots, in this order, so that whatever number was given out by the first look and
        // is held by none of the writers of the second is either visible to the third or never will be.
        batch.BatchCommands.Add(new("select last_value from public.mt_events_sequence"));
        if (_asksWriters)
        {
            batch.BatchCommands.Add(new("""
                select distinct virtualtransaction from pg_locks
                where locktype = 'relation' and relation = 'public.mt_events_sequence'::regclass
                  and database = (select oid from pg_database where datname = current_database())
                  and mode = 'RowExclusiveLock' and pid <> pg_backend_pid()
                """));
        }

        batch.BatchCommands.Add(rows);
    }

    /// <inheritdoc cref="AddTo"/>
    public async Task<NewEvents> ReadAsync(NpgsqlDataReader reader, Positions positions, CancellationToken cancellationToken)
    {
        var position = positions.First;
        await reader.ReadAsync(cancellationToken);
        var givenOut = reader.GetInt64(0);

        var writers = _asksWriters ? await ReadWritersAsync(reader, cancellationToken) : null;
        await reader.NextResultAsync(cancellationToken);
        var (events, read, isOpen) = (new List<StoredEvent>(), 0, false);
        while (await reader.ReadAsync(cancellationToken))
        {
            var sequence = reader.GetInt64(0);
            isOpen = sequence != position + 1 && (writers is null || !IsClosed(position + 1, sequence - 1, givenOut, writers));
            if (isOpen)
                break;
            position = sequence;
            read++;
            if (IsOfAll(positions) || positions.Lacks(reader.GetInt16(6), sequence))
                events.Add(StoredEvent.Read(reader));
        }

        _asksWriters = isOpen;
        return new(events, position, givenOut) { Read = read, IsBeforeNewGap = isOpen && writers is null };
    }

    /// <inheritdoc cref="AddTo"/>
    public static async Task<NewEvents> WithMovesAsync(NpgsqlConnection connection, NewEvents news, Positions positions, CancellationToken cancellationToken)
    {
        long[] merges = [.. news.Events.Where(stored => stored.Fact is ContactMergedInto).Select(stored => stored.Sequence)];
        if (merges.Length == 0)
            return news;
        var moves = await ContactMoves.ReadAsync(connection, merges, cancellationToken);
        return moves.Count == 0 ? news : WithMoves(news, moves, positions);
    }

    private static async Task<HashSet<string>> ReadWritersAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.NextResultAsync(cancellationToken);
        var writers = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            writers.Add(reader.GetString(0));
        return writers;
    }

    private static bool IsOfAll(Positions positions) => positions is { AreAll: true, AreTogether: true };

    // Whoever takes a contact over waits until its old partition has been followed up to the merge. Of two that wait for each
    // other the one at the earlier merge need not: the other has come past it.
    private static NewEvents WithMoves(NewEvents news, List<ContactMove> moves, Positions positions)
    {
        var early = moves.Find(move => !move.MayFollow && !positions.Contains(move.Before));
        var end = early == default ? news.Position : early.Sequence - 1;
        var partitions = moves.ToLookup(move => move.Sequence);
        return news with
        {
            Events =
            [
                .. news.Events.Where(stored => stored.Sequence <= end)
                    .Select(stored => partitions[stored.Sequence].FirstOrDefault() is { Sequence: > 0 } move ? stored with { MovesTo = move.Partition } : stored),
            ],
            Position = end,
            Arrivals = [.. moves.Where(move => move.Sequence <= end && !positions.Contains(move.Before))],
            MustWait = end < news.Position,
        };
    }

    private bool IsClosed(long first, long last, long givenOut, HashSet<string> writers)
    {
        if (last <= givenOut && writers.Count == 0)
            return true;
        if (_gap?.First != first || last > _gap.GivenOut)
        {
            _gap = new(first, givenOut, writers);
            return false;
        }

        return !_gap.Writers.Overlaps(writers);
    }
}
