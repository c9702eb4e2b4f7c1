using System.Buffers;
using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Streams;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>
/// Writes what a pass over contacts changed: states, memberships, ledger and, where the pass followed the streams, the
/// checkpoints, in one round trip of the caller's transaction that may also end it.
/// </summary>
internal sealed class ProjectionStore : IAsyncDisposable
{
    private const string CheckpointMovedState = "ES002";
    private const string ContactMovedState = "ES003";

    private readonly NpgsqlBatch _batch;
    private readonly IReadOnlyList<short> _partitions;

    /// <param name="editions">The version of the plan that was evaluated.</param>
    /// <param name="partitions">Those of which contacts may be written.</param>
    public ProjectionStore(NpgsqlConnection connection, long editions, IReadOnlyList<short> partitions)
    {
        _batch = new(connection) { BatchCommands = { PlanStore.HoldCommand(editions) } };
        _partitions = partitions;
    }

    /// <summary>Moves the checkpoints of those who are behind; <see cref="ExecuteAsync"/> throws if somebody else has moved one.</summary>
    public void MoveCheckpoints(Positions from, long to)
    {
        foreach (var behind in from.Behind(to))
            _batch.BatchCommands.Add(CheckpointStore.MoveCommand(CheckpointStore.Projector, behind, behind.Key, to));
    }

    /// <summary>Adds contacts; returns how many rows the ledger gains.</summary>
    public int Add(IReadOnlyCollection<ProjectedContact> contacts)
    {
        var changed = contacts.Where(contact => contact.IsChanged && IsKept(contact)).ToArray();
        if (changed.Length == 0)
            return 0;
        AddStates(changed);
        AddMemberships(changed);
        AddErased([.. changed.Where(contact => contact.IsErased)]);

        // Last, because all who write the ledger wait for each other from here to the commit.
        LedgerEntry[] entries = [.. changed.SelectMany(contact => contact.Transitions)];
        if (entries.Length > 0)
            _batch.BatchCommands.Add(LedgerStore.InsertCommand(entries));
        return entries.Length;
    }

    /// <summary>Sends everything.</summary>
    /// <param name="commit">
    /// True if that ends the transaction, so that whoever disposes it has nothing left to roll back; else the caller commits.
    /// </param>
    /// <exception cref="OwnershipLostException">Somebody else has moved a checkpoint.</exception>
    /// <exception cref="ContactMovedException">A contact lies in another partition by now.</exception>
    public async Task ExecuteAsync(bool commit, CancellationToken cancellationToken)
    {
        if (_batch.BatchCommands.Count == 1 && !commit)
            return;
        if (commit)
            _batch.BatchCommands.Add(new("commit"));
        try
        {
            await _batch.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == CheckpointMovedState)
        {
            throw new OwnershipLostException(exception);
        }
        catch (PostgresException exception) when (exception.SqlState == ContactMovedState)
        {
            throw new ContactMovedException(exception);
        }
    }

    public ValueTask DisposeAsync() => _batch.DisposeAsync();

    // Nothing is kept of a contact before its first event, unless somebody else's state depends on where it stands. The
    // row of an erased one stays: no later fact makes anything of it again.
    private static bool IsKept(ProjectedContact contact) =>
        contact.State is not null || contact.IsStored || contact.IsErased || contact.Survivor is not null || contact.HasMerged;

    // Here and not in the command that erases: only who owns the contact's partition writes its part of the ledger, so nothing
    // can be written after this that was read before.
    private void AddErased(ProjectedContact[] contacts)
    {
        if (contacts.Length == 0)
            return;
        _batch.BatchCommands.Add(new("""
            update segmentation.ledger set cause_event_id = null, trace_parent = null
            where contact_id = any($1) and (cause_event_id is not null or trace_parent is not null)
            """) { Parameters = { new() { Value = contacts.Select(contact => contact.Id).ToArray() } } });
    }

    private void AddStates(ProjectedContact[] contacts)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var states = new byte[]?[contacts.Length];
        for (var i = 0; i < contacts.Length; i++)
        {
            if (contacts[i].MustBeRebuilt)
                throw new InvalidOperationException($"Contact {contacts[i].Id} is to be made anew before it is written.");
            if (contacts[i].State is not { } state)
                continue;
            buffer.ResetWrittenCount();
            state.Write(buffer);
            states[i] = buffer.WrittenSpan.ToArray();
        }

        // A merge may have moved a contact after it was read; then its row is another owner's.
        _batch.BatchCommands.Add(new("""
            with written as (
                insert into segmentation.contact_states (contact_id, stream_version, epoch, number, due, state, merged_into, partition)
                select contact_id, stream_version, epoch, number, due, state, merged_into, partition
                from unnest($1, $2, $3, $4, $5, $6, $7, $8) as new (contact_id, stream_version, epoch, number, due, state, merged_into, partition)
                on conflict (contact_id) do update set
                    stream_version = excluded.stream_version, epoch = excluded.epoch, number = excluded.number,
                    due = excluded.due, state = excluded.state, merged_into = excluded.merged_into, partition = excluded.partition
                where contact_states.partition = any($9)
                returning contact_id
            )
            select segmentation.expect_contacts((select count(*) from written), cardinality($1))
            """)
        {
            Parameters =
            {
                new() { Value = contacts.Select(contact => contact.Id).ToArray() },
                new() { Value = contacts.Select(contact => contact.StreamVersion).ToArray() },
                new() { Value = contacts.Select(contact => contact.State?.Epoch ?? (contact.IsErased ? StateStore.ErasedEpoch : 0)).ToArray() },
                new() { Value = contacts.Select(contact => contact.Number).ToArray() },
                new() { Value = contacts.Select(contact => contact.State?.Due).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                new() { Value = states, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                new() { Value = contacts.Select(contact => contact.Survivor?.Id).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
                PartitionParameter.Of(contacts.Select(contact => contact.Partition)),
                PartitionParameter.Of(_partitions),
            },
        });
    }

    private void AddMemberships(ProjectedContact[] contacts)
    {
        var rows = contacts.SelectMany(contact => contact.Memberships, (contact, row) => (Contact: contact.Id, Edition: row.Key, Since: row.Value)).ToArray();
        if (rows.Any(row => row.Since is null))
        {
            _batch.BatchCommands.Add(new("""
                delete from segmentation.memberships m using unnest($1, $2) as gone (edition_id, contact_id)
                where m.edition_id = gone.edition_id and m.contact_id = gone.contact_id
                """)
            {
                Parameters =
                {
                    new() { Value = rows.Where(row => row.Since is null).Select(row => row.Edition).ToArray() },
                    new() { Value = rows.Where(row => row.Since is null).Select(row => row.Contact).ToArray() },
                },
            });
        }

        if (rows.Any(row => row.Since is not null))
        {
            _batch.BatchCommands.Add(new("""
                insert into segmentation.memberships (edition_id, contact_id, since)
                select edition_id, contact_id, since from unnest($1, $2, $3) as new (edition_id, contact_id, since)
                on conflict (edition_id, contact_id) do update set since = excluded.since
                """)
            {
                Parameters =
                {
                    new() { Value = rows.Where(row => row.Since is not null).Select(row => row.Edition).ToArray() },
                    new() { Value = rows.Where(row => row.Since is not null).Select(row => row.Contact).ToArray() },
                    new() { Value = rows.Where(row => row.Since is not null).Select(row => row.Since!.Value).ToArray() },
                },
            });
        }
    }
}

/// <summary>Another replica projects a partition; this one must stop at once.</summary>
internal sealed class OwnershipLostException(PostgresException reason) : Exception("another replica moved a checkpoint of the projector", reason);

/// <summary>A merge took a contact to another partition after it was read: what was made of it is nobody's, and is to be made anew.</summary>
internal sealed class ContactMovedException(PostgresException reason) : Exception("a contact was moved to another partition", reason);
