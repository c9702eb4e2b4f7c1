using System.Text.Json;
using System.Text.Json.Serialization;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Contacts.Fields;
using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>An identifier of an event that belongs to another contact.</summary>
internal sealed record ConflictView(string Kind, string Value, string OtherContactId, string EventId, DateTimeOffset Found);

/// <summary>All that is known of a contact and of all that are merged into it, and their latest events.</summary>
/// <param name="Identifiers">Without the contact's own id.</param>
/// <param name="Fields">The additional fields by name, each as JSON of its type.</param>
/// <param name="Conflicts">Those with contacts that are not on this card.</param>
/// <param name="Segments">None while the contact is merged into another, which is in the segments of both.</param>
/// <param name="MergedInto">The contact that this one was merged into; null for one that stands for itself.</param>
/// <param name="MergedContacts">The contacts that are on this card too, merged into it directly or through others.</param>
/// <param name="RecentEvents">The latest <see cref="ContactCardStore.RecentEvents"/> that were recorded, newest first.</param>
internal sealed record ContactCard(
    string ContactId,
    IReadOnlyList<ContactIdentifier> Identifiers,
    JsonElement Fields,
    string Source,
    DateTimeOffset Created,
    IReadOnlyList<ConflictView> Conflicts,
    IReadOnlyList<SegmentMembership> Segments,
    IReadOnlyList<ContactEventView> RecentEvents,
    string? MergedInto,
    IReadOnlyList<string> MergedContacts);

/// <summary>An event of a contact.</summary>
/// <param name="ContactId">The contact that it was sent to.</param>
/// <param name="Version">Its place in that contact's stream.</param>
internal sealed record ContactEventView(
    string ContactId, string EventId, string Type, string? KeyValue, bool Counts, bool Import, DateTimeOffset OccurredAt, DateTimeOffset ReceivedAt, DateTimeOffset RecordedAt,
    long Version, JsonElement Params)
{
    /// <summary>Its place over all streams, by which lists go on.</summary>
    [JsonIgnore]
    public long Sequence { get; init; }
}

/// <summary>Reads contacts for people.</summary>
internal sealed class ContactCardStore(NpgsqlDataSource database)
{
    /// <summary>How many events a card shows.</summary>
    public const int RecentEvents = 10;

    /// <summary>
    /// The contacts after a contact, in the order of their ids, that an identifier belongs to or that have the value in
    /// an additional field. Of what identifies there is one at most, the one that stands for the person; a contact's own
    /// id finds it too.
    /// </summary>
    public async Task<List<long>> FindAsync(Identifier identifier, long after, int limit, CancellationToken cancellationToken)
    {
        if (await OwnerAsync(identifier, cancellationToken) is { } owner)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            var root = (await PersonStore.ReadAsync(connection, [owner], cancellationToken)).Root(owner);
            return root > after ? [root] : [];
        }

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
        var tree = await PersonStore.ReadAsync(connection, [contact], cancellationToken);
        if (tree.Find(contact) is not { Erased: null } self)
            return null;
        long[] person = [.. tree.Person(contact)];
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                ByIds("""
                    select c.id, c.source, c.created, c.fields::text from unnest($1) with ordinality as person (id, place)
                    join segmentation.contacts c on c.id = person.id order by person.place
                    """, person),
                ByIds("""
                    select i.contact_id, i.kind, i.value, f.type from segmentation.identifiers i
                    left join segmentation.contact_fields f on f.name = i.kind
                    where i.contact_id = any($1) order by i.kind, i.key
                    """, person),
                ByIds("""
                    select kind, value, other_id, event_id, found from segmentation.conflicts
                    where contact_id = any($1) and other_id <> all($1) order by found, kind, key
                    """, person),
                MembershipStore.Command(contact),
                EventsCommand(person, long.MaxValue, RecentEvents),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var members = new List<(long Id, string Source, DateTimeOffset Created, JsonElement Edited)>();
        while (await reader.ReadAsync(cancellationToken))
            members.Add((reader.GetInt64(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2), JsonElement.Parse(reader.GetString(3))));

        await reader.NextResultAsync(cancellationToken);
        var identifiers = new List<(long Contact, Identifier Identifier)>();
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            identifiers.Add((reader.GetInt64(0), new(reader.GetString(1), reader.GetString(2))));
            if (!reader.IsDBNull(3))
                types[reader.GetString(1)] = reader.GetString(3);
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
            identifiers.ConvertAll(row => new ContactIdentifier(row.Identifier.Kind, row.Identifier.Value)),
            FieldsMerge.OfPerson(members.Select(member => CardFields.Of(
                member.Edited, identifiers.Where(row => row.Contact == member.Id).Select(row => row.Identifier), types))),
            members[0].Source, members.Min(member => member.Created), conflicts, segments, await ReadEventsAsync(reader, cancellationToken),
            self.MergedInto is { } survivor ? StreamId.Of(survivor) : null,
            [.. person.Skip(1).Select(StreamId.Of)]);
    }

    /// <summary>Events of a contact and of all that are merged into it, before a place over all streams, newest first.</summary>
    public async Task<List<ContactEventView>> EventsAsync(long contact, long before, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var person = (await PersonStore.ReadAsync(connection, [contact], cancellationToken)).Person(contact);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { EventsCommand(person, before, limit) } };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadEventsAsync(reader, cancellationToken);
    }

    // From the end of each stream, so that the latest events of a long one are found without reading all of it.
    private static NpgsqlBatchCommand EventsCommand(IEnumerable<long> person, long before, int limit) => new("""
        select e.* from unnest($1) as person (stream_id) cross join lateral (
            select seq_id, stream_id, version, timestamp, type, data from public.mt_events
            where stream_id = person.stream_id and seq_id < $2 and type = $3 order by version desc limit $4
        ) e order by e.seq_id desc limit $4
        """)
    {
        Parameters =
        {
            new() { Value = person.Select(StreamId.Of).ToArray() },
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
            if (stored.Fact is not EventRecorded e)
                continue;
            events.Add(new(
                StreamId.Of(stored.ContactId), e.EventId, e.EventType, e.KeyValue, e.Counts, e.Import, e.OccurredAt, e.ReceivedAt, stored.RecordedAt, stored.Version, e.Params)
            {
                Sequence = stored.Sequence,
            });
        }

        return events;
    }

    private static NpgsqlBatchCommand ByIds(string sql, long[] contacts) => new(sql) { Parameters = { new() { Value = contacts } } };
}
