using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>A member of a segment.</summary>
internal sealed record SegmentMember(string ContactId, DateTimeOffset Since)
{
    /// <summary>What a statement finds: the contact's id and since when it is a member.</summary>
    public static async Task<List<SegmentMember>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var members = new List<SegmentMember>();
        while (await reader.ReadAsync(cancellationToken))
            members.Add(new(StreamId.Of(reader.GetInt64(0)), reader.GetFieldValue<DateTimeOffset>(1)));
        return members;
    }
}
