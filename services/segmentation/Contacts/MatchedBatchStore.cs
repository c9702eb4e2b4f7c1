using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>Writes what a batch of events does to contacts, streams and event types, in one round trip that ends the matcher's transaction.</summary>
internal sealed class MatchedBatchStore : IAsyncDisposable
{
    private readonly NpgsqlTransaction _transaction;
    private readonly NpgsqlBatch _batch;
    private readonly List<(NpgsqlBatchCommand Command, int Rows)> _raced = [];

    public MatchedBatchStore(NpgsqlTransaction transaction)
    {
        _transaction = transaction;
        _batch = new(transaction.Connection);
    }

    /// <summary>
    /// Adds the contacts, identifiers, conflicts and unassigned events of a batch, and its facts. The identifiers' primary key waits
    /// for a rival's transaction and then decides.
    /// </summary>
    /// <param name="heads">Where the streams stood when they were locked.</param>
    public void Add(MatchedBatch matched, IReadOnlyDictionary<long, StreamHead> heads, DateTimeOffset now)
    {
        // In one order everywhere, so that two rivals cannot wait for each other.
        Link[] links =
        [
            .. matched.Linked.Select(link => new Link(link.Contact, link.Identifier))
                .OrderBy(link => link.Identifier.Key.Kind, StringComparer.Ordinal).ThenBy(link => link.Identifier.Key.Key, StringComparer.Ordinal),
        ];

        // An alias that reads as a contact's id takes that id's place: the two may not come into being together.
        if (matched.Created.Count > 0 || links.Any(link => link.OwnId is not null))
            _batch.BatchCommands.Add(ContactIdStore.GuardCommand(creates: matched.Created.Count > 0, [.. links.Select(link => link.OwnId).OfType<long>()]));
        if (matched.Created.Count > 0)
            AddContacts(matched.Created, now);
        if (links.Length > 0)
            AddIdentifiers(links);
        if (matched.Conflicts.Count > 0)
            AddConflicts(matched.Conflicts, now);
        if (matched.Unassigned.Count > 0)
            _batch.BatchCommands.Add(UnassignedStore.KeepCommand(matched.Unassigned, now));
        if (matched.Appends.Count > 0)
            StreamAppender.AddTo(_batch, matched.Appends, heads, now);
    }

    /// <summary>Adds what the catalogue of event types gains: last, because its rows are hot.</summary>
    public void Add(IReadOnlyList<TypeTally> types, IReadOnlyCollection<SeenParameter> parameters) => EventTypeStore.AddTo(_batch, types, parameters);

    /// <summary>Sends everything and commits. Throws a unique violation if a race was lost.</summary>
    /// <exception cref="MatchRaceException">The same.</exception>
    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        // Where no race can be lost, nothing has to be looked at before the commit.
        if (_raced.Count == 0)
            _batch.BatchCommands.Add(new("commit"));
        await _batch.ExecuteNonQueryAsync(cancellationToken);
        if (_raced.Count == 0)
            return;
        if (_raced.Exists(raced => raced.Command.RecordsAffected != raced.Rows))
            throw new MatchRaceException();
        await _transaction.CommitAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => _batch.DisposeAsync();

    private sealed record Link(long Contact, Identifier Identifier)
    {
        /// <summary>The contact's id that the identifier reads as; null for most.</summary>
        public long? OwnId => Identifier.Kind == IdentifierKind.ContactId && StreamId.TryContact(Identifier.Value, out var contact) ? contact : null;
    }

    // An id that has become somebody's alias since it was reserved is lost; the next try takes others.
    private void AddContacts(List<long> created, DateTimeOffset now) => AddRaced(created.Count, new("""
        insert into segmentation.contacts (id, source, created)
        select id, $2, $3 from unnest($1) as new (id)
        where not exists (select from segmentation.identifiers i where i.kind = $4 and i.key = new.id::text)
        """)
    {
        Parameters =
        {
            new() { Value = created.ToArray() },
            new() { Value = MatchedBatch.Source },
            new() { Value = now },
            new() { Value = IdentifierKind.ContactId },
        },
    });

    // What is known to be free and has a row is either a rival's, and the race is lost, or an erased contact's, and is taken over.
    private void AddIdentifiers(Link[] links) => AddRaced(links.Length, new("""
        insert into segmentation.identifiers as known (kind, key, value, contact_id)
        select kind, key, value, contact_id from unnest($1, $2, $3, $4, $5) as new (kind, key, value, contact_id, own_id)
        where not exists (select from segmentation.contacts c where c.id = new.own_id and c.erased is null)
        on conflict (kind, key) do update set value = excluded.value, contact_id = excluded.contact_id
            where exists (select from segmentation.contacts c where c.id = known.contact_id and c.erased is not null)
        """)
    {
        Parameters =
        {
            new() { Value = links.Select(link => link.Identifier.Key.Kind).ToArray() },
            new() { Value = links.Select(link => link.Identifier.Key.Key).ToArray() },
            new() { Value = links.Select(link => link.Identifier.Value).ToArray() },
            new() { Value = links.Select(link => link.Contact).ToArray() },
            new() { Value = links.Select(link => link.OwnId).ToArray() },
        },
    });

    private void AddConflicts(List<CardConflict> conflicts, DateTimeOffset now) => _batch.BatchCommands.Add(new("""
        insert into segmentation.conflicts (contact_id, other_id, kind, key, value, event_id, found)
        select contact_id, other_id, kind, key, value, event_id, $7
        from unnest($1, $2, $3, $4, $5, $6) as new (contact_id, other_id, kind, key, value, event_id)
        on conflict do nothing
        """)
    {
        Parameters =
        {
            new() { Value = conflicts.Select(conflict => conflict.Contact).ToArray() },
            new() { Value = conflicts.Select(conflict => conflict.Other).ToArray() },
            new() { Value = conflicts.Select(conflict => conflict.Identifier.Key.Kind).ToArray() },
            new() { Value = conflicts.Select(conflict => conflict.Identifier.Key.Key).ToArray() },
            new() { Value = conflicts.Select(conflict => conflict.Identifier.Value).ToArray() },
            new() { Value = conflicts.Select(conflict => conflict.EventId).ToArray() },
            new() { Value = now },
        },
    });

    private void AddRaced(int rows, NpgsqlBatchCommand command)
    {
        _raced.Add((command, rows));
        _batch.BatchCommands.Add(command);
    }
}
