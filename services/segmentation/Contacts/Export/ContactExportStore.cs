using System.Runtime.CompilerServices;
using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts.Export;

/// <summary>A fact as it is stored.</summary>
/// <param name="Data">JSON, UTF-8.</param>
internal sealed record ExportedFact(long Version, DateTimeOffset RecordedAt, string Type, byte[] Data);

/// <summary>Reads everything about one contact.</summary>
internal static class ContactExportStore
{
    /// <summary>The facts of the stream in their order, also those of other programs, read as they are consumed.</summary>
    public static async IAsyncEnumerable<ExportedFact> FactsAsync(
        NpgsqlConnection connection, long contact, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select version, timestamp, type, data from public.mt_events where stream_id = $1 order by version", connection);
        command.Parameters.Add(new() { Value = StreamId.Of(contact) });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            yield return new(reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3));
    }

    /// <summary>The transitions in their order, read as they are consumed.</summary>
    public static async IAsyncEnumerable<LedgerRow> TransitionsAsync(
        NpgsqlConnection connection, long contact, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            select {LedgerRow.Columns} from segmentation.ledger l join segmentation.segments s on s.id = l.segment_id
            where l.contact_id = $1 and l.number is not null order by l.number
            """, connection);
        command.Parameters.Add(new() { Value = contact });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            yield return LedgerRow.Read(reader);
    }

    public static async Task<IReadOnlyList<SegmentMembership>> SegmentsAsync(NpgsqlConnection connection, long contact, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { MembershipStore.Command(contact) } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await MembershipStore.ReadAsync(reader, cancellationToken);
    }

    /// <summary>The types of all additional fields.</summary>
    public static async Task<Dictionary<string, string>> FieldTypesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select name, type from segmentation.contact_fields", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            types.Add(reader.GetString(0), reader.GetString(1));
        return types;
    }
}
