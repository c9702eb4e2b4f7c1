using System.Text.Json;
using EventSegmentation.Segmentation.Contacts.Fields;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Contacts.Editing;

/// <summary>Reads and writes what a change of a card needs, inside its transaction.</summary>
internal static class ContactEditStore
{
    /// <summary>What the change is decided from. The contact's stream must be locked.</summary>
    public static async Task<EditedContact> LoadAsync(NpgsqlConnection connection, long contact, ContactEdit edit, CancellationToken cancellationToken)
    {
        // Before anything is read: a rule that makes one of the fields identify also makes identifiers of it.
        var names = edit.Fields.Select(field => field.Name).Concat(edit.Identifiers.Select(identifier => identifier.Kind));
        var known = await KnownFieldStore.HoldAsync(connection, names, cancellationToken);
        JsonElement fields;
        var identifiers = new List<Identifier>();
        await using (var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("select fields::text from segmentation.contacts where id = $1") { Parameters = { new() { Value = contact } } },
                new("select kind, value from segmentation.identifiers where contact_id = $1 order by kind, key") { Parameters = { new() { Value = contact } } },
            },
        })
        {
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            fields = JsonElement.Parse(reader.GetString(0));
            await reader.NextResultAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                identifiers.Add(new(reader.GetString(0), reader.GetString(1)));
        }

        return new(StreamId.Of(contact), fields, identifiers, known);
    }

    /// <summary>What those have who are merged into a contact, directly or through others; in the order of their ids.</summary>
    public static async Task<List<MergedContact>> MergedAsync(NpgsqlConnection connection, long contact, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            {PersonStore.WithPersons}
            select c.id, array(select jsonb_object_keys(c.fields)),
                   array(select i.kind from segmentation.identifiers i where i.contact_id = c.id order by i.kind, i.key),
                   array(select i.value from segmentation.identifiers i where i.contact_id = c.id order by i.kind, i.key)
            from person join segmentation.contacts c on c.id = person.id where c.id <> all($1) order by c.id
            """, connection);
        command.Parameters.Add(new() { Value = new[] { contact } });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var merged = new List<MergedContact>();
        while (await reader.ReadAsync(cancellationToken))
        {
            merged.Add(new(
                StreamId.Of(reader.GetInt64(0)),
                reader.GetFieldValue<string[]>(1).ToHashSet(StringComparer.Ordinal),
                [.. reader.GetFieldValue<string[]>(2).Zip(reader.GetFieldValue<string[]>(3), (kind, value) => new Identifier(kind, value))]));
        }

        return merged;
    }

    /// <summary>
    /// Those identifiers that belong to other contacts, and to whom. A contact's own id is one too; one that is being given
    /// out at this moment is waited for.
    /// </summary>
    public static async Task<List<(GainedIdentifier Gained, long Owner)>> OwnersAsync(
        NpgsqlConnection connection, long contact, IReadOnlyList<GainedIdentifier> gained, CancellationToken cancellationToken)
    {
        long[] aliases = [.. gained.Select(one => OwnId(one.Identifier)).Where(id => id > 0)];
        if (aliases.Length > 0)
        {
            await using var guard = new NpgsqlBatch(connection) { BatchCommands = { ContactIdStore.GuardCommand(creates: false, aliases) } };
            await guard.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var command = new NpgsqlCommand("""
            select wanted.place, i.contact_id from unnest($1, $2) with ordinality as wanted (kind, key, place)
            join segmentation.identifiers i on i.kind = wanted.kind and i.key = wanted.key
            where i.contact_id <> $4
            union
            select wanted.place, c.id from unnest($3) with ordinality as wanted (id, place)
            join segmentation.contacts c on c.id = wanted.id
            where c.id <> $4 and c.erased is null
            order by 1
            """, connection);
        command.Parameters.Add(new() { Value = gained.Select(one => one.Identifier.Key.Kind).ToArray() });
        command.Parameters.Add(new() { Value = gained.Select(one => one.Identifier.Key.Key).ToArray() });
        command.Parameters.Add(new() { Value = gained.Select(one => OwnId(one.Identifier)).ToArray() });
        command.Parameters.Add(new() { Value = contact });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var owners = new List<(GainedIdentifier, long)>();
        while (await reader.ReadAsync(cancellationToken))
            owners.Add((gained[(int)reader.GetInt64(0) - 1], reader.GetInt64(1)));
        return owners;
    }

    /// <summary>
    /// Writes a change. The identifiers' primary key waits for a rival's transaction and then decides: throws
    /// <see cref="MatchRaceException"/> if it was lost.
    /// </summary>
    public static async Task WriteAsync(NpgsqlConnection connection, long contact, ContactChange change, CancellationToken cancellationToken)
    {
        // In one order everywhere, so that two rivals cannot wait for each other.
        Identifier[] added =
        [
            .. change.Added.Select(gained => gained.Identifier)
                .OrderBy(identifier => identifier.Key.Kind, StringComparer.Ordinal).ThenBy(identifier => identifier.Key.Key, StringComparer.Ordinal),
        ];
        var insert = new NpgsqlBatchCommand("""
            insert into segmentation.identifiers (kind, key, value, contact_id)
            select kind, key, value, $4 from unnest($1, $2, $3) as new (kind, key, value)
            on conflict do nothing
            """)
        {
            Parameters =
            {
                new() { Value = added.Select(identifier => identifier.Key.Kind).ToArray() },
                new() { Value = added.Select(identifier => identifier.Key.Key).ToArray() },
                new() { Value = added.Select(identifier => identifier.Value).ToArray() },
                new() { Value = contact },
            },
        };
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    delete from segmentation.identifiers i using unnest($1, $2) as gone (kind, key)
                    where i.kind = gone.kind and i.key = gone.key and i.contact_id = $3
                    """)
                {
                    Parameters =
                    {
                        new() { Value = change.Removed.Select(identifier => identifier.Key.Kind).ToArray() },
                        new() { Value = change.Removed.Select(identifier => identifier.Key.Key).ToArray() },
                        new() { Value = contact },
                    },
                },
                insert,
                new("update segmentation.contacts set fields = $2 where id = $1")
                {
                    Parameters = { new() { Value = contact }, new() { Value = change.Fields.GetRawText(), NpgsqlDbType = NpgsqlDbType.Jsonb } },
                },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        if (insert.RecordsAffected != added.Length)
            throw new MatchRaceException();
    }

    private static long OwnId(Identifier identifier) =>
        identifier.Kind == IdentifierKind.ContactId && StreamId.TryContact(identifier.Value, out var contact) ? contact : 0;
}
