using Npgsql;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>A segment that a contact is in, and since when.</summary>
internal sealed record SegmentMembership(string Key, DateTimeOffset Since);

/// <summary>The segments of one contact.</summary>
internal static class MembershipStore
{
    // By the few live editions, not by an index over contacts, which every transition would have to write.
    public static NpgsqlBatchCommand Command(long contact) => new("""
        select s.key, m.since
        from segmentation.editions e
        join segmentation.segments s on s.id = e.segment_id
        join segmentation.memberships m on m.edition_id = e.id and m.contact_id = $1
        where e.state = 'live' order by s.key
        """)
    {
        Parameters = { new() { Value = contact } },
    };

    public static async Task<IReadOnlyList<SegmentMembership>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var segments = new List<SegmentMembership>();
        while (await reader.ReadAsync(cancellationToken))
            segments.Add(new(reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1)));
        return segments;
    }
}
