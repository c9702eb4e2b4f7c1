using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>An identifier of an event that belongs to another contact.</summary>
internal sealed record ConflictView(string Kind, string Value, string OtherContactId, string EventId, DateTimeOffset Found);

/// <summary>All that is known of a contact but its events.</summary>
internal sealed record ContactCard(
    string ContactId,
    IReadOnlyList<ContactIdentifier> Identifiers,
    JsonElement Fields,
    string Source,
    DateTimeOffset Created,
    IReadOnlyList<ConflictView> Conflicts,
    IReadOnlyList<SegmentMembership> Segments);

/// <summary>An event of a contact.</summary>
internal sealed record ContactEventView(
    string EventId, string Type, string? KeyValue, bool Counts, bool Import, DateTimeOffset OccurredAt, DateTimeOffset ReceivedAt, DateTimeOffset RecordedAt,
    long Version, JsonElement Params);

/// <summary>Reads contacts for people.</summary>
internal sealed class ContactCardStore(NpgsqlDataSource database)
{
    /// <summary>The contact that an identifier belongs to, or null. A contact's own id finds it too.</summary>
    public async Task<long?> FindAsync(Identifier identifier, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select contact_id from segmentation.identifiers where kind = $1 and key = $2");
        command.Parameters.Add(new() { Value = identifier.Key.Kind });
        command.Parameters.Add(new() { Value = identifier.Key.Key });
        if (await command.ExecuteScalarAsync(cancellationToken) is long contact)
            return contact;
        return identifier.Kind == IdentifierKind.ContactId && StreamId.TryContact(identifier.Value, out var own) && await ExistsAsync(own, cancellationToken)
            ? own
            : null;
    }

    public async Task<bool> ExistsAsync(long contact, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select exists (select from segmentation.contacts where id = $1)");
        command.Parameters.Add(new() { Value = contact });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The card, or null if there is no such contact.</summary>
    public async Task<ContactCard?> ReadAsync(long contact, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                ById("select source, created, fields::text from segmentation.contacts where id = $1", contact),
                ById("select kind, value from segmentation.identifiers where contact_id = $1 order by kind, key", contact),
                ById("select kind, value, other_id, event_id, found from segmentation.conflicts where contact_id = $1 order by found, kind, key", contact),
                MembershipStore.Command(contact),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        var (source, created) = (reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1));
        using var fields = JsonDocument.Parse(reader.GetString(2));

        await reader.NextResultAsync(cancellationToken);
        var identifiers = new List<ContactIdentifier>();
        while (await reader.ReadAsync(cancellationToken))
            identifiers.Add(new(reader.GetString(0), reader.GetString(1)));

        await reader.NextResultAsync(cancellationToken);
        var conflicts = new List<ConflictView>();
        while (await reader.ReadAsync(cancellationToken))
            conflicts.Add(new(reader.GetString(0), reader.GetString(1), StreamId.Of(reader.GetInt64(2)), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4)));

        await reader.NextResultAsync(cancellationToken);
        return new(StreamId.Of(contact), identifiers, fields.RootElement.Clone(), source, created, conflicts, await MembershipStore.ReadAsync(reader, cancellationToken));
    }

    /// <summary>Events before a version of the stream, newest first.</summary>
    public async Task<List<ContactEventView>> EventsAsync(long contact, long before, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            select seq_id, stream_id, version, timestamp, type, data from public.mt_events
            where stream_id = $1 and version < $2 and type = $3 order by version desc limit $4
            """);
        command.Parameters.Add(new() { Value = StreamId.Of(contact) });
        command.Parameters.Add(new() { Value = before });
        command.Parameters.Add(new() { Value = EventRecorded.TypeAlias });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var events = new List<ContactEventView>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var stored = StoredEvent.Read(reader);
            if (stored.Fact is EventRecorded e)
                events.Add(new(e.EventId, e.EventType, e.KeyValue, e.Counts, e.Import, e.OccurredAt, e.ReceivedAt, stored.RecordedAt, stored.Version, e.Params));
        }

        return events;
    }

    private static NpgsqlBatchCommand ById(string sql, long contact) => new(sql) { Parameters = { new() { Value = contact } } };
}
