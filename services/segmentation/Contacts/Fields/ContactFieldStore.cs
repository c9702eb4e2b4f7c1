using System.Text.Json;
using EventSegmentation.Segmentation.Schema;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts.Fields;

/// <summary>Keeps the list of additional fields.</summary>
internal sealed class ContactFieldStore(NpgsqlDataSource database)
{
    /// <summary>All fields, in the order of their names.</summary>
    public async Task<List<ContactField>> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""select name, type, identifies from segmentation.contact_fields order by name collate "C" """);
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>One field, or null.</summary>
    public async Task<ContactField?> FindAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select name, type, identifies from segmentation.contact_fields where name = $1");
        command.Parameters.Add(new() { Value = name });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Registers a field or changes its type, if what contacts hold fits the new one.</summary>
    public Task<FieldChange> SetAsync(string name, string type, DateTimeOffset now, CancellationToken cancellationToken) =>
        Races.RetryAsync(() => TrySetAsync(name, type, now, cancellationToken));

    private async Task<FieldChange> TrySetAsync(string name, string type, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var known = await TakeAsync(connection, name, cancellationToken);
        if (known is null)
        {
            var field = new ContactField(name, type, Identifies: false);
            if (!await KnownFieldStore.RegisterAsync(connection, [field], now, cancellationToken))
                return new FieldChange.TooMany();
            await transaction.CommitAsync(cancellationToken);
            return new FieldChange.Done(field);
        }

        if (known.Type == type)
            return new FieldChange.Done(known);
        if (name == IdentifierKind.ContactKey)
            return new FieldChange.Fixed();
        if (known.Identifies && !FieldType.CanIdentify(type))
            return new FieldChange.Identifies();
        if (await MisfitsAsync(connection, name, type, cancellationToken) is { Count: > 0 } misfits)
            return new FieldChange.Held(misfits);

        await using var update = new NpgsqlCommand("update segmentation.contact_fields set type = $2 where name = $1", connection);
        update.Parameters.Add(new() { Value = name });
        update.Parameters.Add(new() { Value = type });
        await update.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new FieldChange.Done(known with { Type = type });
    }

    /// <summary>Deletes a field that no contact holds and no rule names.</summary>
    public Task<FieldChange> DeleteAsync(string name, CancellationToken cancellationToken) =>
        Races.RetryAsync(() => TryDeleteAsync(name, cancellationToken));

    private async Task<FieldChange> TryDeleteAsync(string name, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await TakeAsync(connection, name, cancellationToken) is not { } known)
            return new FieldChange.Unknown();
        if (name == IdentifierKind.ContactKey)
            return new FieldChange.Fixed();
        if (await RuleAsync(connection, name, cancellationToken) is { } eventType)
            return new FieldChange.NamedByRule(eventType);
        if (await HoldersAsync(connection, name, cancellationToken) is { Count: > 0 } holders)
            return new FieldChange.Held(holders);

        await using var delete = new NpgsqlCommand("delete from segmentation.contact_fields where name = $1", connection);
        delete.Parameters.Add(new() { Value = name });
        await delete.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new FieldChange.Done(known);
    }

    // Waits for the edits that are writing values of the field, and keeps others out.
    private static async Task<ContactField?> TakeAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select name, type, identifies from segmentation.contact_fields where name = $1 for update", connection);
        command.Parameters.Add(new() { Value = name });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    // Whether a text is a date is for the evaluator to say, so the values are read; a change of type is rare.
    private static async Task<List<long>> MisfitsAsync(NpgsqlConnection connection, string name, string type, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select id, (fields -> $1)::text from segmentation.contacts where fields ? $1 order by id", connection);
        command.Parameters.Add(new() { Value = name });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var misfits = new List<long>();
        while (misfits.Count < FieldChange.Held.MaxNamed && await reader.ReadAsync(cancellationToken))
        {
            if (!FieldType.Fits(type, JsonElement.Parse(reader.GetString(1))))
                misfits.Add(reader.GetInt64(0));
        }

        return misfits;
    }

    private static async Task<List<long>> HoldersAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select id from segmentation.contacts where fields ? $1
            union select contact_id from segmentation.identifiers where kind = $1
            order by 1 limit $2
            """, connection);
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = FieldChange.Held.MaxNamed });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var holders = new List<long>();
        while (await reader.ReadAsync(cancellationToken))
            holders.Add(reader.GetInt64(0));
        return holders;
    }

    private static async Task<string?> RuleAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select event_type from segmentation.matching_rules where contact_field = $1 order by event_type limit 1", connection);
        command.Parameters.Add(new() { Value = name });
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }

    private static async Task<List<ContactField>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var fields = new List<ContactField>();
        while (await reader.ReadAsync(cancellationToken))
            fields.Add(new(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2)));
        return fields;
    }
}
