using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>What the store knows that a batch of events needs.</summary>
/// <param name="Rules">The matching rules of the batch's event types and of the installation.</param>
/// <param name="Recorded">Ids of events of the batch that are in a stream already.</param>
/// <param name="Unassigned">Ids of events of the batch that are kept already as nobody's.</param>
internal sealed record BatchKnowledge(
    MatchingRules Rules,
    IReadOnlySet<Guid> Recorded,
    IReadOnlySet<Guid> Unassigned,
    KnownContacts Contacts,
    IReadOnlyDictionary<string, TypeSwitch> Switches);

/// <summary>Reads what matching needs, and writes contacts and identifiers, inside the matcher's transaction.</summary>
internal static class ContactStore
{
    /// <summary>Everything that matching a batch needs, in one round trip.</summary>
    public static async Task<BatchKnowledge> LoadAsync(
        NpgsqlConnection connection, IReadOnlyCollection<IncomingEvent> events, CancellationToken cancellationToken)
    {
        string[] types = [.. events.Select(incoming => incoming.Event.EventType).Distinct()];
        IdentifierKey[] keys =
        [
            .. events.SelectMany(incoming => incoming.Identifiers).Select(identifier => identifier.Key).Distinct(),
        ];
        long[] ownIds =
        [
            .. keys.Where(key => key.Kind == IdentifierKind.ContactId)
                .Select(key => StreamId.TryContact(key.Key, out var contact) ? contact : 0)
                .Where(contact => contact > 0),
        ];

        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                MatchingRuleStore.RulesCommand(types),
                new("""
                    select id, true from public.mt_events where id = any($1)
                    union all
                    select id, false from segmentation.unassigned_events where id = any($1)
                    union all
                    select id, true from segmentation.erased_events where id = any($1)
                    """)
                {
                    Parameters = { new() { Value = events.Select(incoming => incoming.Id).ToArray() } },
                },
                // An erased contact owns nothing, even if a row said so: its stream is closed, so an event of it could never be written.
                new("""
                    with involved as (
                        select i.contact_id from unnest($1, $2) as wanted (kind, key)
                        join segmentation.identifiers i on i.kind = wanted.kind and i.key = wanted.key
                        join segmentation.contacts c on c.id = i.contact_id and c.erased is null
                        union
                        select id from segmentation.contacts where id = any($3) and erased is null
                    )
                    select involved.contact_id, i.kind, i.key from involved
                    left join segmentation.identifiers i on i.contact_id = involved.contact_id
                    """)
                {
                    Parameters =
                    {
                        new() { Value = keys.Select(key => key.Kind).ToArray() },
                        new() { Value = keys.Select(key => key.Key).ToArray() },
                        new() { Value = ownIds },
                    },
                },
                // Asked first whether there are any at all: most installations have none.
                new("""
                    select c.contact_id, c.other_id, c.kind, c.key from segmentation.conflicts c where c.contact_id = any($3)
                    union
                    select c.contact_id, c.other_id, c.kind, c.key from unnest($1, $2) as wanted (kind, key)
                    join segmentation.identifiers i on i.kind = wanted.kind and i.key = wanted.key
                    join segmentation.conflicts c on c.contact_id = i.contact_id
                    where exists (select from segmentation.conflicts)
                    """)
                {
                    Parameters =
                    {
                        new() { Value = keys.Select(key => key.Kind).ToArray() },
                        new() { Value = keys.Select(key => key.Key).ToArray() },
                        new() { Value = ownIds },
                    },
                },
                EventTypeStore.SwitchesCommand(types),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);

        var rules = await MatchingRuleStore.ReadRulesAsync(reader, cancellationToken);

        var recorded = new HashSet<Guid>();
        var unassigned = new HashSet<Guid>();
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            (reader.GetBoolean(1) ? recorded : unassigned).Add(reader.GetGuid(0));

        var contacts = new KnownContacts();
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.IsDBNull(1))
                contacts.Add(reader.GetInt64(0));
            else
                contacts.Add(reader.GetInt64(0), new(reader.GetString(1), reader.GetString(2)));
        }

        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            contacts.AddConflict(reader.GetInt64(0), reader.GetInt64(1), new(reader.GetString(2), reader.GetString(3)));

        await reader.NextResultAsync(cancellationToken);
        return new(rules, recorded, unassigned, contacts, await EventTypeStore.ReadSwitchesAsync(reader, cancellationToken));
    }

    /// <summary>
    /// Locks the streams of those contacts of a batch that exist, as <see cref="StreamAppender.LockAsync"/> does. Null if by then
    /// an identifier that the batch was matched by is another contact's, or one of them is erased.
    /// </summary>
    public static async Task<Dictionary<long, StreamHead>?> TryLockAsync(NpgsqlConnection connection, MatchedBatch matched, CancellationToken cancellationToken)
    {
        var (existing, relied) = (matched.Existing, matched.Relied());
        if (existing.Count == 0 && relied.Count == 0)
            return [];

        // Only under the lock of a contact's stream is an identifier taken from it: what a statement after it finds holds until the commit.
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                StreamAppender.LockCommand(existing),
                new("""
                    select count(*) from unnest($1, $2, $3) as relied (kind, key, contact_id)
                    join segmentation.identifiers i on i.kind = relied.kind and i.key = relied.key and i.contact_id = relied.contact_id
                    """)
                {
                    Parameters =
                    {
                        new() { Value = relied.Select(one => one.Identifier.Kind).ToArray() },
                        new() { Value = relied.Select(one => one.Identifier.Key).ToArray() },
                        new() { Value = relied.Select(one => one.Owner).ToArray() },
                    },
                },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var heads = await StreamAppender.ReadHeadsAsync(reader, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.GetInt64(0) == relied.Count && !heads.Values.Any(head => head.IsArchived) ? heads : null;
    }
}
