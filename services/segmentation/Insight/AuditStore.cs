using System.Data;
using System.Text.Json;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>A segment that serves, as an audit looks at it.</summary>
/// <param name="Definition">The serving version's own; null for a static segment.</param>
/// <param name="LiveSince">When the serving version went live.</param>
/// <param name="Suspension">Why it is suspended; null if it is not.</param>
internal sealed record ServingSegment(
    long Id, string Key, string Name, Definition? Definition, string TimeZone, DateTimeOffset LiveSince, string? Suspension = null);

/// <summary>All segments that serve, by key, and which members they have in common, as of one moment.</summary>
internal sealed record ServingSegments(IReadOnlyList<ServingSegment> Items, OverlapCount Overlaps)
{
    /// <summary>All pairs that have members in common, those most alike first.</summary>
    public IEnumerable<SegmentPair> Pairs() =>
        (from one in Enumerable.Range(0, Items.Count)
         from other in Enumerable.Range(one + 1, Items.Count - one - 1)
         let both = Overlaps.Both(one, other)
         where both > 0
         select SegmentPair.Of(Items[one].Key, Items[other].Key, Overlaps.Both(one, one), Overlaps.Both(other, other), both))
        .OrderByDescending(pair => pair.Share).ThenBy(pair => pair.One, StringComparer.Ordinal).ThenBy(pair => pair.Other, StringComparer.Ordinal);
}

/// <summary>Reads what an audit needs of segments and their members.</summary>
internal sealed class AuditStore(NpgsqlDataSource database)
{
    public async Task<ServingSegments> ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var (segments, editions) = await SegmentsAsync(connection, cancellationToken);
        var overlaps = new OverlapCount(segments.Count);
        var (first, last) = await ContactsAsync(connection, cancellationToken);
        for (var from = first; from <= last; from += OverlapCount.ChunkContacts)
            await CountAsync(connection, editions, from, overlaps, cancellationToken);
        return new(segments, overlaps);
    }

    private static async Task<(List<ServingSegment> Segments, long[] Editions)> SegmentsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select s.id, s.key, s.name, v.condition::text, v.time_zone, coalesce(v.live_since, v.created), e.id, e.suspended_reason from segmentation.editions e
            join segmentation.segment_versions v on v.id = e.version_id
            join segmentation.segments s on s.id = e.segment_id
            where e.state in ('live', 'retiring') order by s.key
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var segments = new List<ServingSegment>();
        var editions = new List<long>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var definition = reader.IsDBNull(3) ? null : Definition.Parse(JsonElement.Parse(reader.GetString(3)), reader.GetString(4)).Definition;
            segments.Add(new(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), definition, reader.GetString(4), reader.GetFieldValue<DateTimeOffset>(5), reader.IsDBNull(7) ? null : reader.GetString(7)));
            editions.Add(reader.GetInt64(6));
        }

        return (segments, [.. editions]);
    }

    private static async Task<(long First, long Last)> ContactsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select coalesce(min(id), 1), coalesce(max(id), 0) from segmentation.contacts", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    private static async Task CountAsync(NpgsqlConnection connection, long[] editions, long from, OverlapCount overlaps, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select array_position($1, edition_id) - 1, array_agg((contact_id - $2)::integer) from segmentation.memberships
            where edition_id = any($1) and contact_id >= $2 and contact_id < $3 group by edition_id
            """, connection) { CommandTimeout = LongWork.WithoutTimeout };
        command.Parameters.Add(new() { Value = editions });
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = from + OverlapCount.ChunkContacts });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            overlaps.Add(reader.GetInt32(0), reader.GetFieldValue<int[]>(1));
        overlaps.EndChunk();
    }
}
