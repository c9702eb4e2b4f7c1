using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>A segment that the ledger may know, live or archived.</summary>
/// <param name="TimeZone">The zone of its serving version, or of its last one.</param>
internal sealed record PastSegment(long Id, string TimeZone);

/// <summary>Entries and exits of a segment by day, and what was before.</summary>
/// <param name="Before">Members just before the first day.</param>
/// <param name="LastChange">The last entry or exit of all; null if there was none.</param>
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
        // Back from now: who left first of all after the instant was a member at it, and so was who is one and neither came
        // nor left since. So it costs what has happened since, and not how old the segment is.
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand("""
            with later as materialized (
                select distinct on (contact_id) contact_id, entered from segmentation.ledger
                where segment_id = $1 and at > $2 and contact_id > $3 order by contact_id, position
            ), gone as (
                select contact_id, (
                    select at from segmentation.ledger b
                    where b.contact_id = later.contact_id and b.segment_id = $1 and b.at <= $2 order by b.position desc limit 1) as since
                from later where not entered order by contact_id limit $4
            ), staying as (
                select m.contact_id, m.since from segmentation.editions e join segmentation.memberships m on m.edition_id = e.id
                where e.segment_id = $1 and e.state in ('live', 'retiring') and m.contact_id > $3
                  and not exists (select from later where later.contact_id = m.contact_id)
                order by m.contact_id limit $4
            )
            select contact_id, since from (select * from gone union all select * from staying) as member order by contact_id limit $4
            """, connection) { CommandTimeout = LongWork.WithoutTimeout };
        command.Parameters.Add(new() { Value = segment });
        command.Parameters.Add(new() { Value = at });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        return await SegmentMember.ReadAsync(command, cancellationToken);
    }

    /// <summary>How segments grew, by id.</summary>
    /// <param name="starts">Where each day begins, in order.</param>
    /// <param name="end">Where the last day ends; not a part of it.</param>
    public async Task<IReadOnlyDictionary<long, LedgerGrowth>> GrowthAsync(
        long[] segments, DateTimeOffset[] starts, DateTimeOffset end, CancellationToken cancellationToken)
    {
        // Back from the members of now, for the same reason.
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand("""
            with size as (
                select e.segment_id, count(*) as members from segmentation.editions e
                join segmentation.memberships m on m.edition_id = e.id
                where e.segment_id = any($1) and e.state in ('live', 'retiring') group by e.segment_id
            ), change as (
                select segment_id, width_bucket(at, $2) as day, count(*) filter (where entered) as entered, count(*) filter (where not entered) as exited
                from segmentation.ledger where segment_id = any($1) and at >= $3 group by 1, 2
            )
            select wanted.id, coalesce(size.members, 0), change.day, change.entered, change.exited,
                   (select at from segmentation.ledger l where l.segment_id = wanted.id order by l.position desc limit 1)
            from unnest($1) as wanted (id)
            left join size on size.segment_id = wanted.id
            left join change on change.segment_id = wanted.id
            """, connection) { CommandTimeout = LongWork.WithoutTimeout };
        command.Parameters.Add(new() { Value = segments });
        command.Parameters.Add(new() { Value = (DateTimeOffset[])[.. starts, end] });
        command.Parameters.Add(new() { Value = starts[0] });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var growth = new Dictionary<long, LedgerGrowth>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var segment = reader.GetInt64(0);
            var known = growth.GetValueOrDefault(segment) ?? new(
                reader.GetInt64(1), new long[starts.Length], new long[starts.Length], reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5));
            if (!reader.IsDBNull(2))
            {
                // The last one is what came after the end.
                var (day, entered, exited) = (reader.GetInt32(2), reader.GetInt64(3), reader.GetInt64(4));
                if (day <= starts.Length)
                    (known.Entered[day - 1], known.Exited[day - 1]) = (entered, exited);
                known = known with { Before = known.Before - entered + exited };
            }

            growth[segment] = known;
        }

        return growth;
    }
}
