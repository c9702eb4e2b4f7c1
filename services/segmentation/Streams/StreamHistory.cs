using System.Runtime.CompilerServices;
using Npgsql;

namespace EventSegmentation.Segmentation.Streams;

/// <summary>A stream that is wanted up to a version, and the person whose history it is a part of.</summary>
/// <param name="Person">The contact that stands for the person; for one that is not merged, the contact itself.</param>
/// <param name="Version">The last version that is wanted.</param>
/// <param name="After">The version after which the wanted ones begin.</param>
internal readonly record struct WantedStream(long Person, long ContactId, long Version, long After = 0)
{
    /// <summary>The stream of a contact by itself.</summary>
    public WantedStream(long contactId, long version)
        : this(contactId, contactId, version)
    {
    }
}

/// <summary>Reads whole streams.</summary>
internal static class StreamHistory
{
    /// <summary>
    /// The facts of contacts up to a version each, person after person in the order of their sequence, read as they are consumed.
    /// </summary>
    public static IAsyncEnumerable<StoredEvent> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<WantedStream> upTo, CancellationToken cancellationToken) =>
        ReadAsync(connection, upTo, "", cancellationToken);

    /// <summary>The same without the users' events: how a contact came to be, and what became of its identifiers and fields.</summary>
    public static IAsyncEnumerable<StoredEvent> ReadIdentityAsync(
        NpgsqlConnection connection, IReadOnlyList<WantedStream> upTo, CancellationToken cancellationToken) =>
        ReadAsync(connection, upTo, $"and e.type <> '{EventRecorded.TypeAlias}'", cancellationToken);

    /// <summary>The same with the users' events of some types only, and whatever a stream begins with; null means of all.</summary>
    public static IAsyncEnumerable<StoredEvent> ReadOfTypesAsync(
        NpgsqlConnection connection, IReadOnlyList<WantedStream> upTo, IReadOnlyCollection<string>? eventTypes, CancellationToken cancellationToken) =>
        eventTypes is null
            ? ReadAsync(connection, upTo, cancellationToken)
            : ReadAsync(connection, upTo, $"and (e.type <> '{EventRecorded.TypeAlias}' or e.data ->> 'EventType' = any($5) or e.version = 1)", cancellationToken, eventTypes);

    private static async IAsyncEnumerable<StoredEvent> ReadAsync(
        NpgsqlConnection connection,
        IReadOnlyList<WantedStream> upTo,
        string kinds,
        [EnumeratorCancellation] CancellationToken cancellationToken,
        IReadOnlyCollection<string>? eventTypes = null)
    {
        await using var command = new NpgsqlCommand($"""
            select e.seq_id, e.stream_id, e.version, e.timestamp, e.type, e.data
            from unnest($1, $2, $3, $4) as wanted (person, stream_id, version, after)
            join public.mt_events e on e.stream_id = wanted.stream_id and e.version <= wanted.version and e.version > wanted.after {kinds}
            order by wanted.person, e.seq_id
            """, connection) { CommandTimeout = LongWork.WithoutTimeout };
        command.Parameters.Add(new() { Value = upTo.Select(stream => stream.Person).ToArray() });
        command.Parameters.Add(new() { Value = upTo.Select(stream => StreamId.Of(stream.ContactId)).ToArray() });
        command.Parameters.Add(new() { Value = upTo.Select(stream => stream.Version).ToArray() });
        command.Parameters.Add(new() { Value = upTo.Select(stream => stream.After).ToArray() });
        if (eventTypes is not null)
            command.Parameters.Add(new() { Value = eventTypes.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            yield return StoredEvent.Read(reader);
    }
}
