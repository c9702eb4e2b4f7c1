using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>Reads what is to be evaluated, and keeps it as it is while what was evaluated is being written.</summary>
internal static class PlanStore
{
    /// <summary>The longest that a start or a swap waits for those who are writing: its own live work waits as long.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(250);

    private const string ChangedState = "ES001";

    private sealed record Row(long Id, long SegmentId, string Key, long VersionId, int Version, long[] Before, string? Group, bool IsNext, bool IsSuspended, Definition Definition, string? Fault);

    /// <summary>The present plan.</summary>
    public static async Task<ActivePlan> LoadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // One statement, one snapshot: the version and what it stands for belong together.
        await using var command = new NpgsqlCommand("""
            select p.editions,
                   exists (select from segmentation.builds where state = 'waiting'), exists (select from segmentation.builds where state = 'running'),
                   e.id, e.segment_id, s.key, v.id, v.version, e.before, e.group_key, e.state = 'building', v.condition, v.time_zone,
                   p.swapped_at, p.swapped_sequence, e.suspended is not null
            from segmentation.plan p
            left join segmentation.editions e on e.state in ('building', 'live', 'retiring')
            left join segmentation.segment_versions v on v.id = e.version_id
            left join segmentation.segments s on s.id = e.segment_id
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        var (version, isWaiting, isBuilding, swap) = (0L, false, false, default(LastSwap));
        var rows = new List<Row>();
        while (await reader.ReadAsync(cancellationToken))
        {
            (version, isWaiting, isBuilding) = (reader.GetInt64(0), reader.GetBoolean(1), reader.GetBoolean(2));
            swap = new(reader.GetFieldValue<DateTimeOffset>(13), reader.GetInt64(14));
            if (!reader.IsDBNull(3))
                rows.Add(Read(reader));
        }

        return Compile(version, rows, isWaiting, isBuilding, swap);
    }

    /// <summary>
    /// Looks in one round trip whether a plan is still evaluated, what is new in the streams, and what is kept of the contacts whose
    /// news that is. The plan is null if others are evaluated by now: then it is to be loaded, and what is kept read for it.
    /// </summary>
    public static async Task<(ActivePlan? Plan, NewEvents News, FoundStates? Found)> LookAsync(
        NpgsqlConnection connection, ActivePlan known, StreamFollower follower, Positions positions, int limit, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new("select editions, exists (select from segmentation.builds where state = 'waiting') from segmentation.plan") },
        };
        follower.AddTo(batch, positions, limit);

        // After the news: what comes between the two is found without being needed, and nothing that is needed is missing.
        batch.BatchCommands.Add(StateStore.OfNewsCommand(positions, limit));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var plan = reader.GetInt64(0) == known.Version ? known with { IsWaiting = reader.GetBoolean(1) } : null;
        await reader.NextResultAsync(cancellationToken);
        var news = await follower.ReadAsync(reader, positions, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return (plan, news, plan is null ? null : await StateStore.ReadAsync(reader, plan, cancellationToken));
    }

    /// <summary>
    /// Keeps the editions as they are until the end of the transaction that writes what was evaluated. It stands before all that
    /// locks rows, except where nobody holds what it waits for alone. Throws what <see cref="IsChanged"/> knows if they are others by now.
    /// </summary>
    public static NpgsqlBatchCommand HoldCommand(long editions) =>
        new("select segmentation.hold_plan($1)") { Parameters = { new() { Value = editions } } };

    /// <inheritdoc cref="HoldCommand"/>
    public static async Task HoldAsync(NpgsqlConnection connection, long editions, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { HoldCommand(editions) } };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>True if a transaction failed because its plan is no longer the present one: it is to be made anew with that.</summary>
    public static bool IsChanged(PostgresException exception) => exception.SqlState == ChangedState;

    /// <summary>
    /// Lets nobody else write what was evaluated until the end of the transaction; false, and the transaction is to be
    /// rolled back, if somebody was still writing after <see cref="MaxWait"/>.
    /// </summary>
    public static async Task<bool> TryHoldAloneAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(FormattableString.Invariant($"set local lock_timeout = {MaxWait.TotalMilliseconds}")),
                new("select pg_advisory_xact_lock($1)") { Parameters = { new() { Value = AdvisoryLocks.Plan } } },
                new("set local lock_timeout to default"),
            },
        };
        try
        {
            await batch.ExecuteNonQueryAsync(cancellationToken);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return false;
        }
    }

    private static Row Read(NpgsqlDataReader reader)
    {
        var (key, isSuspended) = (reader.GetString(5), reader.GetBoolean(15));
        var (definition, fault) = isSuspended ? (Definition.Suspended(key), null) : WorldStore.Parse(key, reader.IsDBNull(11) ? null : reader.GetString(11), reader.GetString(12));
        return new(
            reader.GetInt64(3), reader.GetInt64(4), key, reader.GetInt64(6), reader.GetInt32(7), reader.GetFieldValue<long[]>(8),
            reader.IsDBNull(9) ? null : reader.GetString(9), reader.GetBoolean(10), isSuspended, definition, fault);
    }

    // What cannot be made ready is left out, so that the others go on; each round leaves out one more at least.
    private static ActivePlan Compile(long version, List<Row> rows, bool isWaiting, bool isBuilding, LastSwap swap)
    {
        var faults = rows.Where(row => row.Fault is not null).ToDictionary(row => row.Id, row => new EditionFault(row.Id, row.Fault!, Trace: null));
        var editions = rows.ToDictionary(row => row.Id, row => new ActiveEdition(row.Id, row.SegmentId, row.Key, row.Version, row.Group, !row.IsNext));
        while (true)
        {
            try
            {
                var plan = Plan.Compile(Planned([.. rows.Select(row => faults.ContainsKey(row.Id) ? row with { Definition = Definition.Suspended(row.Key) } : row)]));
                return new(version, plan, editions, isWaiting, isBuilding, swap, rows.Count(row => row.IsSuspended), faults.Values);
            }
            catch (SegmentFaultException fault) when (fault.Segments.Any(edition => !faults.ContainsKey(edition)))
            {
                foreach (var edition in fault.Segments)
                    faults.TryAdd(edition, new(edition, fault.Message, fault.InnerException?.StackTrace));
            }
        }
    }

    // Every version that stands before an edition is itself served or built: a group serves as a whole. Who is suspended is
    // behind nobody any more, and those before it may be others by now.
    private static List<PlannedSegment> Planned(List<Row> rows)
    {
        var written = new Dictionary<long, (string Key, Definition Definition)>();
        foreach (var row in rows)
            written[row.VersionId] = (row.Key, row.Definition);
        return
        [
            .. rows.Select(row => new PlannedSegment(
                row.Id, row.Id, row.Definition.IsSuspended ? row.Definition : row.Definition.Behind(row.Before.Select(before => written[before])), row.Key, row.IsNext)),
        ];
    }
}
