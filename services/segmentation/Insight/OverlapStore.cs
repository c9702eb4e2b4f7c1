using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>Says which members segments have in common.</summary>
internal sealed class OverlapStore(NpgsqlDataSource database)
{
    /// <summary>The live segments that have any of the contacts as members, those with the most first.</summary>
    public async Task<IReadOnlyList<SegmentShare>> OfContactsAsync(IReadOnlyList<long> contacts, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand("""
            select s.key, count(wanted.id), count(*) from segmentation.editions e
            join segmentation.segments s on s.id = e.segment_id
            join segmentation.memberships m on m.edition_id = e.id
            left join unnest($1) as wanted (id) on wanted.id = m.contact_id
            where e.state in ('live', 'retiring') group by s.key having count(wanted.id) > 0 order by count(wanted.id) desc, s.key
            """, connection) { CommandTimeout = LongWork.WithoutTimeout };
        command.Parameters.Add(new() { Value = contacts.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var shares = new List<SegmentShare>();
        while (await reader.ReadAsync(cancellationToken))
            shares.Add(new(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2)));
        return shares;
    }
}
