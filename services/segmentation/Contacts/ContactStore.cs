using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>What the store knows that a batch of events needs.</summary>
/// <param name="Rules">The matching rules of the batch's event types and of the installation.</param>
/// <param name="Recorded">Ids of events of the batch that are in a stream already.</param>
/// <param name="Unassigned">Ids of events of the batch that are kept already as nobody's.</param>
/// <param name="Contacts">Those that the batch's identifiers belong to, by their ids.</param>
/// <param name="Streams">Theirs, if they are locked already.</param>
internal sealed record BatchKnowledge(
    MatchingRules Rules,
    IReadOnlySet<Guid> Recorded,
    IReadOnlySet<Guid> Unassigned,
    IReadOnlyDictionary<long, KnownContact> Contacts,
    IReadOnlyDictionary<string, TypeSwitch> Switches,
    BatchStreams? Streams)
{
    /// <summary>The same without some contacts.</summary>
    public BatchKnowledge Without(IReadOnlyCollection<KnownContact> contacts) =>
        this with { Contacts = Contacts.Values.ExceptBy(contacts.Select(contact => contact.Id), contact => contact.Id).ToDictionary(contact => contact.Id) };

    /// <summary>Those among contacts that are known here as of another version.</summary>
    public IReadOnlyCollection<KnownContact> Contradicting(IEnumerable<KnownContact> contacts) =>
        [.. contacts.Where(contact => Contacts.TryGetValue(contact.Id, out var known) && known.Version != contact.Version)];

    /// <summary>The same with some contacts more, of which none may be <see cref="Contradicting"/>.</summary>
    public BatchKnowledge With(IEnumerable<KnownContact> contacts) =>
        this with { Contacts = Contacts.Values.UnionBy(contacts, contact => contact.Id).ToDictionary(contact => contact.Id) };
}

/// <summary>Reads what matching needs inside the matcher's transaction.</summary>
internal static class ContactStore
{
    /// <summary>Everything that matching a batch needs, in one round trip.</summary>
    /// <param name="wanted">The identifiers whose contacts are not known.</param>
    /// <param name="locked">The contacts whose streams are to be locked first, as <see cref="StreamAppender.LockAsync"/> does.</param>
    public static async Task<BatchKnowledge> LoadAsync(
        NpgsqlConnection connection,
        IReadOnlyCollection<IncomingEvent> events,
        IReadOnlyCollection<IdentifierKey> wanted,
        IReadOnlyCollection<long> locked,
        CancellationToken cancellationToken)
    {
        string[] types = [.. events.Select(incoming => incoming.Event.EventType).Distinct()];
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                MatchingRuleStore.RulesCommand(types),

                // Of the last two asked first whether they hold anything: mostly they do not.
                new("""
                    select id, true from public.mt_events where id = any($1)
                    union all
                    select id, false from segmentation.unassigned_events where id = any($1) and exists (select from segmentation.unassigned_events)
                    union all
                    select id, true from segmentation.erased_events where id = any($1) and exists (select from segmentation.erased_events)
                    """)
                {
                    Parameters = { new() { Value = events.Select(incoming => incoming.Id).ToArray() } },
                },
                EventTypeStore.SwitchesCommand(types),
            },
        };
        AddContactsTo(batch, wanted);
        if (locked.Count > 0)
            batch.BatchCommands.Insert(0, StreamAppender.LockCommand(locked));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);

        BatchStreams? streams = null;
        if (locked.Count > 0)
        {
            streams = new(await StreamAppender.ReadHeadsAsync(reader, cancellationToken), []);
            await reader.NextResultAsync(cancellationToken);
        }

        var rules = await MatchingRuleStore.ReadRulesAsync(reader, cancellationToken);

        var recorded = new HashSet<Guid>();
        var unassigned = new HashSet<Guid>();
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            (reader.GetBoolean(1) ? recorded : unassigned).Add(reader.GetGuid(0));

        await reader.NextResultAsync(cancellationToken);
        var switches = await EventTypeStore.ReadSwitchesAsync(reader, cancellationToken);
        var found = await reader.NextResultAsync(cancellationToken) ? await ReadContactsAsync(reader, cancellationToken) : [];
        return new(rules, recorded, unassigned, found.ToDictionary(contact => contact.Id), switches, streams);
    }

    /// <summary>The contacts that identifiers belong to.</summary>
    public static async Task<IReadOnlyList<KnownContact>> FindAsync(
        NpgsqlConnection connection, IReadOnlyCollection<IdentifierKey> wanted, CancellationToken cancellationToken)
    {
        if (wanted.Count == 0)
            return [];
        await using var batch = new NpgsqlBatch(connection);
        AddContactsTo(batch, wanted);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadContactsAsync(reader, cancellationToken);
    }

    /// <summary>Locks the streams of those contacts that a batch appends to, as <see cref="StreamAppender.LockAsync"/> does, and looks at the others'.</summary>
    public static async Task<BatchStreams> LockAsync(NpgsqlConnection connection, MatchedBatch matched, CancellationToken cancellationToken)
    {
        var existing = matched.Existing;
        long[] others = [.. matched.Involved.Except(existing)];
        if (existing.Count == 0 && others.Length == 0)
            return new([], []);

        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { StreamAppender.LockCommand(existing) } };
        if (others.Length > 0)
            batch.BatchCommands.Add(StreamAppender.HeadsCommand(others));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var locked = await StreamAppender.ReadHeadsAsync(reader, cancellationToken);
        return new(locked, await reader.NextResultAsync(cancellationToken) ? await StreamAppender.ReadHeadsAsync(reader, cancellationToken) : []);
    }

    private static void AddContactsTo(NpgsqlBatch batch, IReadOnlyCollection<IdentifierKey> wanted)
    {
        if (wanted.Count == 0)
            return;
        NpgsqlParameter[] Parameters() =>
        [
            new() { Value = wanted.Select(key => key.Kind).ToArray() },
            new() { Value = wanted.Select(key => key.Key).ToArray() },
            new()
            {
                Value = wanted.Where(key => key.Kind == IdentifierKind.ContactId)
                    .Select(key => StreamId.TryContact(key.Key, out var contact) ? contact : 0)
                    .Where(contact => contact > 0).ToArray(),
            },
        ];

        // An erased contact owns nothing, even if a row said so: its stream is closed, so an event of it could never be written.
        // One statement, so that identifiers and version are of one moment.
        var contacts = new NpgsqlBatchCommand("""
            with involved as (
                select i.contact_id from unnest($1, $2) as wanted (kind, key)
                join segmentation.identifiers i on i.kind = wanted.kind and i.key = wanted.key
                join segmentation.contacts c on c.id = i.contact_id and c.erased is null
                union
                select id from segmentation.contacts where id = any($3) and erased is null
            )
            select involved.contact_id, s.version, i.kind, i.key from involved
            join public.mt_streams s on s.id = involved.contact_id::text
            left join segmentation.identifiers i on i.contact_id = involved.contact_id
            """);
        contacts.Parameters.AddRange(Parameters());
        batch.BatchCommands.Add(contacts);

        // Asked first whether there are any at all: most installations have none.
        var conflicts = new NpgsqlBatchCommand("""
            select c.contact_id, c.other_id, c.kind, c.key from segmentation.conflicts c where c.contact_id = any($3)
            union
            select c.contact_id, c.other_id, c.kind, c.key from unnest($1, $2) as wanted (kind, key)
            join segmentation.identifiers i on i.kind = wanted.kind and i.key = wanted.key
            join segmentation.conflicts c on c.contact_id = i.contact_id
            where exists (select from segmentation.conflicts)
            """);
        conflicts.Parameters.AddRange(Parameters());
        batch.BatchCommands.Add(conflicts);
    }

    private static async Task<IReadOnlyList<KnownContact>> ReadContactsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var contacts = new Dictionary<long, (long Version, List<IdentifierKey> Carried, List<(long, IdentifierKey)> Conflicts)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var id = reader.GetInt64(0);
            if (!contacts.TryGetValue(id, out var contact))
                contacts.Add(id, contact = (reader.GetInt64(1), [], []));
            if (!reader.IsDBNull(2))
                contact.Carried.Add(new(reader.GetString(2), reader.GetString(3)));
        }

        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (contacts.TryGetValue(reader.GetInt64(0), out var contact))
                contact.Conflicts.Add((reader.GetInt64(1), new(reader.GetString(2), reader.GetString(3))));
        }

        return [.. contacts.Select(contact => new KnownContact(contact.Key, contact.Value.Version, contact.Value.Carried, contact.Value.Conflicts))];
    }
}
