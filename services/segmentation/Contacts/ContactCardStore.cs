using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Contacts.Fields;
using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>An identifier of an event that belongs to another contact.</summary>
internal sealed record ConflictView(string Kind, string Value, string OtherContactId, string EventId, DateTimeOffset Found);

/// <summary>All that is known of a contact, and its latest events.</summary>
/// <param name="Identifiers">Without the contact's own id.</param>
/// <param name="Fields">The additional fields by name, each as JSON of its type.</param>
/// <param name="RecentEvents">The latest <see cref="ContactCardStore.RecentEvents"/> that were recorded, newest first.</param>
internal sealed record ContactCard(
    string ContactId,
    IReadOnlyList<ContactIdentifier> Identifiers,
    JsonElement Fields,
    string Source,
    DateTimeOffset Created,
    IReadOnlyList<ConflictView> Conflicts,
    IReadOnlyList<SegmentMembership> Segments,
    IReadOnlyList<ContactEventView> RecentEvents);

/// <summary>An event of a contact.</summary>
internal sealed record ContactEventView(
    string EventId, string Type, string? KeyValue, bool Counts, bool Import, DateTimeOffset OccurredAt, DateTimeOffset ReceivedAt, DateTimeOffset RecordedAt,
    long Version, JsonElement Params);

/// <summary>Reads contacts for people.</summary>
internal sealed class ContactCardStore(NpgsqlDataSource database)
{
    /// <summary>How many events a card shows.</summary>
    public const int RecentEvents = 10;

    /// <summary>
    /// The contacts after a contact, in the order of their ids, that an identifier belongs to or that have the value in
    /// an additional field. Of what identifies there is one at most; a contact's own id finds it too.
    /// </summary>
    public async Task<List<long>> FindAsync(Identifier identifier, long after, int limit, CancellationToken cancellationToken)
    {
        if (await OwnerAsync(identifier, cancellationToken) is { } owner)
            return owner > after ? [owner] : [];
        return IdentifierKind.IsBuiltIn(identifier.Kind) ? [] : await ByFieldAsync(identifier.Kind, identifier.Value, after, limit, cancellationToken);
    }

    private async Task<long?> OwnerAsync(Identifier identifier, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select contact_id from segmentation.identifiers where kind = $1 and key = $2");
        command.Parameters.Add(new() { Value = identifier.Key.Kind });
        command.Parameters.Add(new() { Value = identifier.Key.Key });
        if (await command.ExecuteScalarAsync(cancellationToken) is long contact)
            return contact;
        return identifier.Kind == IdentifierKind.ContactId && StreamId.TryContact(identifier.Value, out var own)
            && await StandingAsync(own, cancellationToken) is { Erased: null }
            ? own
            : null;
    }

    // The text of the address has the field's type; in a list it is one of the elements.
    private async Task<List<long>> ByFieldAsync(string name, string value, long after, int limit, CancellationToken cancellationToken)
    {
        if (await new ContactFieldStore(database).FindAsync(name, cancellationToken) is not { } field)
            return [];
        var typed = CardFields.Typed(value, field.Type);
        var wanted = FieldsMerge.Object([new(name, field.Type == FieldType.List ? JsonElement.Parse($"[{typed.GetRawText()}]") : typed)]);
        await using var command = database.CreateCommand("select id from segmentation.contacts where fields @> $1 and id > $2 order by id limit $3");
        command.Parameters.Add(new() { Value = wanted.GetRawText(), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Jsonb });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var contacts = new List<long>();
        while (await reader.ReadAsync(cancellationToken))
            contacts.Add(reader.GetInt64(0));
        return contacts;
    }

    /// <summary>Whether there is such a contact; null if not.</summary>
    public Task<ContactStanding?> StandingAsync(long contact, CancellationToken cancellationToken) =>
        ContactStandingStore.ReadAsync(database, contact, cancellationToken);

    /// <summary>The card, or null if there is no such contact or it was erased.</summary>
    public async Task<ContactCard?> ReadAsync(long contact, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                ById("select source, created, fields::text from segmentation.contacts where id = $1 and erased is null", contact),
                ById("""
                    select i.kind, i.value, f.type from segmentation.identifiers i
                    left join segmentation.contact_fields f on f.name = i.kind
                    where i.contact_id = $1 order by i.kind, i.key
                    """, contact),
                ById("select kind, value, other_id, event_id, found from segmentation.conflicts where contact_id = $1 order by found, kind, key", contact),
                MembershipStore.Command(contact),
                EventsCommand(contact, long.MaxValue, RecentEvents),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        var (source, created, edited) = (reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1), JsonElement.Parse(reader.GetString(2)));

        await reader.NextResultAsync(cancellationToken);
        var identifiers = new List<Identifier>();
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            identifiers.Add(new(reader.GetString(0), reader.GetString(1)));
            if (!reader.IsDBNull(2))
                types[reader.GetString(0)] = reader.GetString(2);
        }

        await reader.NextResultAsync(cancellationToken);
        var conflicts = new List<ConflictView>();
        while (await reader.ReadAsync(cancellationToken))
            conflicts.Add(new(reader.GetString(0), reader.GetString(1), StreamId.Of(reader.GetInt64(2)), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4)));

        await reader.NextResultAsync(cancellationToken);
        var segments = await MembershipStore.ReadAsync(reader, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return new(
            StreamId.Of(contact),
            identifiers.ConvertAll(identifier => new ContactIdentifier(identifier.Kind, identifier.Value)),
            CardFields.Of(edited, identifiers, types),
            source, created, conflicts, segments, await ReadEventsAsync(reader, cancellationToken));
    }

    /// <summary>Events before a version of the stream, newest first.</summary>
    public async Task<List<ContactEventView>> EventsAsync(long contact, long before, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { EventsCommand(contact, before, limit) } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadEventsAsync(reader, cancellationToken);
    }

    private static NpgsqlBatchCommand EventsCommand(long contact, long before, int limit) => new("""
        select seq_id, stream_id, version, timestamp, type, data from public.mt_events
        where stream_id = $1 and version < $2 and type = $3 order by version desc limit $4
        """)
    {
        Parameters =
        {
            new() { Value = StreamId.Of(contact) },
            new() { Value = before },
            new() { Value = EventRecorded.TypeAlias },
            new() { Value = limit },
        },
    };

    private static async Task<List<ContactEventView>> ReadEventsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
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
