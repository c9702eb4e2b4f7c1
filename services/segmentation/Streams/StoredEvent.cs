using Npgsql;

namespace EventSegmentation.Segmentation.Streams;

/// <summary>A fact as it stands in the store.</summary>
/// <param name="Sequence">Its place over all streams.</param>
/// <param name="ContactId">0 for a stream of another program, which is none of a contact's.</param>
/// <param name="Version">Its place in its stream, from 1.</param>
/// <param name="RecordedAt">The instant at which it is evaluated; never earlier than that of the fact before it.</param>
/// <param name="Fact">Null for an alias that this version does not know.</param>
internal sealed record StoredEvent(long Sequence, long ContactId, long Version, DateTimeOffset RecordedAt, StreamEvent? Fact)
{
    /// <summary>The partition to which a merge moves the contact, with all that are merged into it; null for one that moves nobody.</summary>
    public short? MovesTo { get; init; }

    /// <summary>Reads a row of <c>seq_id, stream_id, version, timestamp, type, data</c>.</summary>
    public static StoredEvent Read(NpgsqlDataReader reader) => new(
        reader.GetInt64(0),
        StreamId.TryContact(reader.GetString(1), out var contact) ? contact : 0,
        reader.GetInt64(2),
        reader.GetFieldValue<DateTimeOffset>(3),
        StreamFacts.Read(reader.GetString(4), reader.GetFieldValue<byte[]>(5)));
}
