using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Streams;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Ledger;

/// <summary>What a relay has before it.</summary>
/// <param name="Positions">Up to where the relay has come.</param>
/// <param name="End">The last position; everything up to it is committed. 0 if the ledger is empty.</param>
/// <param name="Reached">Up to where all that is told of is among the rows.</param>
/// <param name="Identifiers">Of each contact that is told of.</param>
internal sealed record LedgerNews(Positions Positions, long End, long Reached, List<LedgerRow> Told, ILookup<long, ContactIdentifier> Identifiers);

/// <summary>Up to where the ledger of some partitions has been published.</summary>
internal readonly record struct PublishedLedger(IReadOnlyList<short> Partitions, long Reached);

/// <summary>The statements over the ledger. Only owners of partitions insert, each what is of the contacts there.</summary>
internal static class LedgerStore
{
    /// <summary>
    /// Inserts entries at the end. The end stays locked until the commit, so that positions have no gaps and rise in the order of
    /// commits: this is to be the last statement of its transaction.
    /// </summary>
    public static NpgsqlBatchCommand InsertCommand(LedgerEntry[] entries) => new("""
        with ledger_end as (update segmentation.ledger_end set position = position + $1 returning position - $1 as before)
        insert into segmentation.ledger
            (position, contact_id, number, segment_id, version, entered, at, cause, cause_event_id, change_id, trace_parent)
        select ledger_end.before + place, contact_id, number, segment_id, version, entered, at, cause, cause_event_id, change_id, trace_parent
        from ledger_end, unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11) with ordinality
            as new (contact_id, number, segment_id, version, entered, at, cause, cause_event_id, change_id, trace_parent, place)
        """)
    {
        Parameters =
        {
            new() { Value = (long)entries.Length },
            new() { Value = entries.Select(entry => entry.ContactId).ToArray() },
            new() { Value = entries.Select(entry => entry.Number).ToArray() },
            new() { Value = entries.Select(entry => entry.SegmentId).ToArray() },
            new() { Value = entries.Select(entry => entry.Version).ToArray() },
            new() { Value = entries.Select(entry => entry.Entered).ToArray() },
            new() { Value = entries.Select(entry => entry.At).ToArray() },
            new() { Value = entries.Select(entry => entry.Cause).ToArray() },
            new() { Value = entries.Select(entry => entry.CauseEventId).ToArray() },
            new() { Value = entries.Select(entry => entry.ChangeId).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
            new() { Value = entries.Select(entry => entry.TraceParent).ToArray() },
        },
    };

    /// <summary>
    /// Notes up to where the relay has published, and says what it has before it: entries that are told of, of contacts that lie in
    /// some partitions by their ids. One round trip.
    /// </summary>
    /// <param name="published">What was published since the last look; null if nothing was.</param>
    /// <param name="stride">The most of the ledger that is passed over.</param>
    /// <param name="limit">The most entries.</param>
    public static async Task<LedgerNews> ReadNewsAsync(
        NpgsqlConnection connection, PublishedLedger? published, IReadOnlyList<short> partitions, long stride, int limit, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                CheckpointStore.ReadCommand(CheckpointStore.Relay, partitions),
                new("select position from segmentation.ledger_end"),
                NewsCommand($"""
                    with news as ({News(partitions)})
                    select {LedgerRow.Columns} from news l join segmentation.segments s on s.id = l.segment_id order by l.position
                    """, partitions, stride, limit),

                // The present identifiers of their contacts, and of all that are merged into these. Of rows that have come since, too.
                NewsCommand($"""
                    with recursive news as ({News(partitions)}), person (root, id) as (
                        select contact_id, contact_id from news
                        union
                        select person.root, c.id from person join segmentation.contacts c on c.merged_into = person.id
                    )
                    select person.root, i.kind, i.value from person join segmentation.identifiers i on i.contact_id = person.id
                    order by person.root, i.kind, i.key
                    """, partitions, stride, limit),
            },
        };
        if (published is { } done)
            batch.BatchCommands.Insert(0, CheckpointStore.RaiseCommand(CheckpointStore.Relay, done.Partitions, done.Reached));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var positions = await CheckpointStore.ReadAsync(reader, CheckpointStore.Relay, partitions, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var end = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        var rows = new List<LedgerRow>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(LedgerRow.Read(reader));
        await reader.NextResultAsync(cancellationToken);
        var identifiers = await ReadIdentifiersAsync(reader, cancellationToken);

        // What came between the statements is left for the next look.
        var reach = rows.Count < limit ? Math.Min(end, positions.First + stride) : rows[^1].Position;
        var told = rows.FindAll(row => row.Position <= end && positions.Lacks(Partition.Of(row.Entry.ContactId), row.Position));
        return new(positions, end, Math.Min(reach, end), told, identifiers);
    }

    // What is told of, after what the partitions have published.
    private static string News(IReadOnlyList<short> partitions)
    {
        var mine = partitions.Count == Partition.Count ? "" : $"and (l.contact_id % {Partition.Count})::smallint = any($2)";
        return $"""
            select l.* from segmentation.ledger l
            where l.position > (select min(position) from segmentation.checkpoints where name = $1 and partition = any($2))
              and l.position <= (select min(position) from segmentation.checkpoints where name = $1 and partition = any($2)) + $3
              and l.number is not null {mine} order by l.position limit $4
            """;
    }

    private static NpgsqlBatchCommand NewsCommand(string sql, IReadOnlyList<short> partitions, long stride, int limit) => new(sql)
    {
        Parameters =
        {
            new() { Value = CheckpointStore.Relay },
            PartitionParameter.Of(partitions),
            new() { Value = stride },
            new() { Value = limit },
        },
    };

    private static async Task<ILookup<long, ContactIdentifier>> ReadIdentifiersAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var found = new List<(long Contact, ContactIdentifier Identifier)>();
        while (await reader.ReadAsync(cancellationToken))
            found.Add((reader.GetInt64(0), new(reader.GetString(1), reader.GetString(2))));
        return found.ToLookup(row => row.Contact, row => row.Identifier);
    }
}
