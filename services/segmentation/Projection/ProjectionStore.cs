using System.Buffers;
using EventSegmentation.Segmentation.Ledger;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>
/// Writes what a pass over contacts changed: states, memberships, ledger and, where the pass followed the streams, the
/// checkpoint, in one round trip of the caller's transaction.
/// </summary>
internal sealed class ProjectionStore(NpgsqlConnection connection) : IAsyncDisposable
{
    /// <summary>The name of the checkpoint over the streams.</summary>
    public const string Checkpoint = "projector";

    private readonly NpgsqlBatch _batch = new(connection);
    private NpgsqlBatchCommand? _checkpoint;

    /// <summary>Moves the checkpoint; <see cref="ExecuteAsync"/> throws if somebody else has moved it.</summary>
    public void MoveCheckpoint(long from, long to)
    {
        _checkpoint = new("update segmentation.checkpoints set position = $3 where name = $1 and position = $2")
        {
            Parameters = { new() { Value = Checkpoint }, new() { Value = from }, new() { Value = to } },
        };
        _batch.BatchCommands.Add(_checkpoint);
    }

    /// <summary>Adds contacts. Ledger positions go on from <paramref name="ledgerEnd"/>; returns the new end.</summary>
    public long Add(IReadOnlyCollection<ProjectedContact> contacts, long ledgerEnd)
    {
        var changed = contacts.Where(contact => contact.IsChanged && IsKept(contact)).ToArray();
        if (changed.Length == 0)
            return ledgerEnd;
        AddStates(changed);
        AddMemberships(changed);
        AddErased([.. changed.Where(contact => contact.IsErased)]);
        LedgerEntry[] entries = [.. changed.SelectMany(contact => contact.Transitions)];
        if (entries.Length > 0)
            _batch.BatchCommands.Add(LedgerStore.InsertCommand(entries, ledgerEnd));
        return ledgerEnd + entries.Length;
    }

    /// <summary>Sends everything. The caller commits.</summary>
    public async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        if (_batch.BatchCommands.Count == 0)
            return;
        await _batch.ExecuteNonQueryAsync(cancellationToken);
        if (_checkpoint is { RecordsAffected: not 1 })
            throw new OwnershipLostException();
    }

    public ValueTask DisposeAsync() => _batch.DisposeAsync();

    // Nothing is kept of a contact before its first event, unless somebody else's state depends on where it stands. The
    // row of an erased one stays: no later fact makes anything of it again.
    private static bool IsKept(ProjectedContact contact) =>
        contact.State is not null || contact.IsStored || contact.IsErased || contact.Survivor is not null || contact.HasMerged;

    // Here and not in the command that erases: only the owner of the projection writes the ledger, so nothing can be
    // written after this that was read before.
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

        _batch.BatchCommands.Add(new("""
            insert into segmentation.contact_states (contact_id, stream_version, epoch, number, due, state, merged_into)
            select contact_id, stream_version, epoch, number, due, state, merged_into
            from unnest($1, $2, $3, $4, $5, $6, $7) as new (contact_id, stream_version, epoch, number, due, state, merged_into)
            on conflict (contact_id) do update set
                stream_version = excluded.stream_version, epoch = excluded.epoch, number = excluded.number,
                due = excluded.due, state = excluded.state, merged_into = excluded.merged_into
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

/// <summary>Another replica projects; this one must stop at once.</summary>
internal sealed class OwnershipLostException() : Exception("another replica moved the projector's checkpoint");
