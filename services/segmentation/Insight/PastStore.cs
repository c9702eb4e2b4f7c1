using EventSegmentation.Segmentation.Segments;
using Npgsql;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>A segment that the ledger may know, live or archived.</summary>
/// <param name="TimeZone">The zone of its serving version, or of its last one.</param>
internal sealed record PastSegment(long Id, string TimeZone);

/// <summary>Entries and exits of a segment by day, and what was before.</summary>
/// <param name="Before">Members just before the first day.</param>
/// <param name="LastChange">The last entry or exit up to the end; null if there was none yet.</param>
internal sealed record LedgerGrowth(long Before, long[] Entered, long[] Exited, DateTimeOffset? LastChange);

/// <summary>
/// Reads from the ledger what was so at the time: who was a member, and how a segment grew. Transitions that nobody
/// was told of are a part of it.
/// </summary>
internal sealed class PastStore(NpgsqlDataSource database)
{
    /// <summary>The segment of a key, also an archived one; null if there never was one.</summary>
    public async Task<PastSegment?> FindAsync(string key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            select s.id, v.time_zone from segmentation.segments s
            join segmentation.segment_versions v on v.segment_id = s.id
            where s.key = $1 order by v.live_since is not null desc, v.state = 'live' desc, v.version desc limit 1
            """);
        command.Parameters.Add(new() { Value = key });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new(reader.GetInt64(0), reader.GetString(1)) : null;
    }

    /// <summary>The members at an instant after a contact, in the order of contact ids; what happened at the instant itself is done.</summary>
    public async Task<List<SegmentMember>> MembersAtAsync(long segment, DateTimeOffset at, long after, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            select contact_id, at from (
                select distinct on (contact_id) contact_id, at, entered from segmentation.ledger
                where segment_id = $1 and at <= $2 and contact_id > $3 order by contact_id, position desc
            ) latest
            where entered order by contact_id limit $4
            """);
        command.Parameters.Add(new() { Value = segment });
        command.Parameters.Add(new() { Value = at });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        return await SegmentMember.ReadAsync(command, cancellationToken);
    }

    /// <summary>How segments grew, by id; one that the ledger does not know is not there.</summary>
    /// <param name="starts">Where each day begins, in order.</param>
    /// <param name="end">Where the last day ends; not a part of it.</param>
    public async Task<IReadOnlyDictionary<long, LedgerGrowth>> GrowthAsync(
        long[] segments, DateTimeOffset[] starts, DateTimeOffset end, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            select segment_id, width_bucket(at, $2), count(*) filter (where entered), count(*) filter (where not entered), max(at)
            from segmentation.ledger where segment_id = any($1) and at < $3 group by 1, 2
            """);
        command.Parameters.Add(new() { Value = segments });
        command.Parameters.Add(new() { Value = starts });
        command.Parameters.Add(new() { Value = end });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var growth = new Dictionary<long, LedgerGrowth>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var segment = reader.GetInt64(0);
            var known = growth.GetValueOrDefault(segment) ?? new(0, new long[starts.Length], new long[starts.Length], null);
            var (day, entered, exited, last) = (reader.GetInt32(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetFieldValue<DateTimeOffset>(4));
            if (day == 0)
                known = known with { Before = entered - exited };
            else
                (known.Entered[day - 1], known.Exited[day - 1]) = (entered, exited);
            growth[segment] = known with { LastChange = known.LastChange > last ? known.LastChange : last };
        }

        return growth;
    }
}
