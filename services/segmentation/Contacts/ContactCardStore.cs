using System.Text.Json;
using System.Text.Json.Serialization;
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

/// <summary>All that is known of a contact, and of all that are merged into it, but the events.</summary>
/// <param name="Conflicts">Those with contacts that are not on this card.</param>
/// <param name="Segments">None while the contact is merged into another, which is in the segments of both.</param>
/// <param name="MergedInto">The contact that this one was merged into; null for one that stands for itself.</param>
/// <param name="MergedContacts">The contacts that are on this card too, directly merged or through others.</param>
internal sealed record ContactCard(
    string ContactId,
    IReadOnlyList<ContactIdentifier> Identifiers,
    JsonElement Fields,
    string Source,
    DateTimeOffset Created,
    IReadOnlyList<ConflictView> Conflicts,
    IReadOnlyList<SegmentMembership> Segments,
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
    /// <summary>
    /// The contact that stands for the person that an identifier belongs to, or null. A contact's own id finds it too.
    /// </summary>
    public async Task<long?> FindAsync(Identifier identifier, CancellationToken cancellationToken)
    {
        if (await OwnerAsync(identifier, cancellationToken) is not { } owner)
            return null;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return (await PersonStore.ReadAsync(connection, [owner], cancellationToken)).Root(owner);
    }

    private async Task<long?> OwnerAsync(Identifier identifier, CancellationToken cancellationToken)
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
        var tree = await PersonStore.ReadAsync(connection, [contact], cancellationToken);
        if (tree.Find(contact) is not { } self)
            return null;
        long[] person = [.. tree.Person(contact)];
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                ByIds("""
                    select c.source, c.created, c.fields::text from unnest($1) with ordinality as person (id, place)
                    join segmentation.contacts c on c.id = person.id order by person.place
                    """, person),
                ByIds("select kind, value from segmentation.identifiers where contact_id = any($1) order by kind, key", person),
                ByIds("""
                    select kind, value, other_id, event_id, found from segmentation.conflicts
                    where contact_id = any($1) and other_id <> all($1) order by found, kind, key
                    """, person),
                MembershipStore.Command(contact),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var (source, created, fields) = ("", DateTimeOffset.MaxValue, new List<JsonElement>());
        while (await reader.ReadAsync(cancellationToken))
        {
            if (fields.Count == 0)
                source = reader.GetString(0);
            if (reader.GetFieldValue<DateTimeOffset>(1) is var each && each < created)
                created = each;
            fields.Add(JsonElement.Parse(reader.GetString(2)));
        }

        await reader.NextResultAsync(cancellationToken);
        var identifiers = new List<ContactIdentifier>();
        while (await reader.ReadAsync(cancellationToken))
            identifiers.Add(new(reader.GetString(0), reader.GetString(1)));

        await reader.NextResultAsync(cancellationToken);
        var conflicts = new List<ConflictView>();
        while (await reader.ReadAsync(cancellationToken))
            conflicts.Add(new(reader.GetString(0), reader.GetString(1), StreamId.Of(reader.GetInt64(2)), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4)));

        await reader.NextResultAsync(cancellationToken);
        return new(
            StreamId.Of(contact), identifiers, PersonFields.Of(fields), source, created, conflicts,
            await MembershipStore.ReadAsync(reader, cancellationToken),
            self.MergedInto is { } survivor ? StreamId.Of(survivor) : null,
            [.. person.Skip(1).Select(StreamId.Of)]);
    }

    /// <summary>Events of a contact and of all that are merged into it, before a place over all streams, newest first.</summary>
    public async Task<List<ContactEventView>> EventsAsync(long contact, long before, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var person = (await PersonStore.ReadAsync(connection, [contact], cancellationToken)).Person(contact);

        // From the end of each stream, so that the latest events of a long one are found without reading all of it.
        await using var command = new NpgsqlCommand("""
            select e.* from unnest($1) as person (stream_id) cross join lateral (
                select seq_id, stream_id, version, timestamp, type, data from public.mt_events
                where stream_id = person.stream_id and seq_id < $2 and type = $3 order by version desc limit $4
            ) e order by e.seq_id desc limit $4
            """, connection);
        command.Parameters.Add(new() { Value = person.Select(StreamId.Of).ToArray() });
        command.Parameters.Add(new() { Value = before });
        command.Parameters.Add(new() { Value = EventRecorded.TypeAlias });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
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
