using System.Runtime.CompilerServices;
using Npgsql;

namespace EventSegmentation.Segmentation.Streams;

/// <summary>Reads whole streams.</summary>
internal static class StreamHistory
{
    /// <summary>
    /// The facts of contacts up to a version each, stream after stream in the order of versions, read as they are consumed.
    /// </summary>
    public static IAsyncEnumerable<StoredEvent> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<(long ContactId, long Version)> upTo, CancellationToken cancellationToken) =>
        ReadAsync(connection, upTo, "", cancellationToken);

    /// <summary>The same without the users' events: how a contact came to be, and what became of its identifiers and fields.</summary>
    public static IAsyncEnumerable<StoredEvent> ReadIdentityAsync(
        NpgsqlConnection connection, IReadOnlyList<(long ContactId, long Version)> upTo, CancellationToken cancellationToken) =>
        ReadAsync(connection, upTo, $"and e.type <> '{EventRecorded.TypeAlias}'", cancellationToken);

    private static async IAsyncEnumerable<StoredEvent> ReadAsync(
        NpgsqlConnection connection,
        IReadOnlyList<(long ContactId, long Version)> upTo,
        string kinds,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            select e.seq_id, e.stream_id, e.version, e.timestamp, e.type, e.data
            from unnest($1, $2) as wanted (stream_id, version)
            join public.mt_events e on e.stream_id = wanted.stream_id and e.version <= wanted.version {kinds}
            order by e.stream_id, e.version
            """, connection);
        command.Parameters.Add(new() { Value = upTo.Select(stream => StreamId.Of(stream.ContactId)).ToArray() });
        command.Parameters.Add(new() { Value = upTo.Select(stream => stream.Version).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            yield return StoredEvent.Read(reader);
    }
}
