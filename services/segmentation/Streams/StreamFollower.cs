using Npgsql;

namespace EventSegmentation.Segmentation.Streams;

/// <summary>What one look at the end of the store showed.</summary>
/// <param name="Events">New events after the position asked for, in order, up to the first gap that may still be filled.</param>
/// <param name="Position">Everything up to here has been seen; it may pass numbers that were given out and never used.</param>
/// <param name="GivenOut">The last number given out; what lies between it and the position is yet to be read.</param>
internal sealed record NewEvents(IReadOnlyList<StoredEvent> Events, long Position, long GivenOut);

/// <summary>
/// Follows the store in the order of its sequence and never passes a gap that an open transaction could still fill.
/// A number is given out before its transaction commits, so a later number can be visible first. Whoever takes a
/// number holds a lock on the sequence until its transaction ends; a gap is closed once every transaction that
/// held that lock when the gap was first seen has ended. Not safe for concurrent use.
/// </summary>
internal sealed class StreamFollower
{
    private Gap? _gap;

    private sealed record Gap(long First, long GivenOut, IReadOnlySet<string> Writers);

    /// <summary>Reads up to <paramref name="limit"/> events after <paramref name="position"/>.</summary>
    public async Task<NewEvents> ReadAsync(NpgsqlConnection connection, long position, int limit, CancellationToken cancellationToken)
    {
        // Three statements, three snapshots, in this order: whatever number was given out by the first look and
        // is held by none of the writers of the second is either visible to the third or never will be.
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("select last_value from public.mt_events_sequence"),
                new("""
                    select distinct virtualtransaction from pg_locks
                    where locktype = 'relation' and relation = 'public.mt_events_sequence'::regclass
                      and database = (select oid from pg_database where datname = current_database())
                      and mode = 'RowExclusiveLock' and pid <> pg_backend_pid()
                    """),
                new("""
                    select seq_id, stream_id, version, timestamp, type, data from public.mt_events
                    where seq_id > $1 order by seq_id limit $2
                    """)
                {
                    Parameters = { new() { Value = position }, new() { Value = limit } },
                },
            },
        };

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var givenOut = reader.GetInt64(0);

        await reader.NextResultAsync(cancellationToken);
        var writers = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            writers.Add(reader.GetString(0));

        await reader.NextResultAsync(cancellationToken);
        var events = new List<StoredEvent>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var sequence = reader.GetInt64(0);
            if (sequence != position + 1 && !IsClosed(position + 1, sequence - 1, givenOut, writers))
                break;
            position = sequence;
            events.Add(StoredEvent.Read(reader));
        }

        return new(events, position, givenOut);
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
