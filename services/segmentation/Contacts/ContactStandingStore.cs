using Npgsql;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>What a contact is to a command.</summary>
/// <param name="Erased">When its data was erased; null while it is there.</param>
/// <param name="MergedInto">The contact that it is merged into; null for one that stands for itself.</param>
internal readonly record struct ContactStanding(DateTimeOffset? Erased, long? MergedInto);

/// <summary>Says whether there are contacts, and what may be done with them.</summary>
internal static class ContactStandingStore
{
    /// <summary>
    /// The standing of a contact; null if there is none. It stays as it is only where the caller has locked the contact's stream.
    /// </summary>
    public static async Task<ContactStanding?> ReadAsync(NpgsqlConnection connection, long contact, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select erased, merged_into from segmentation.contacts where id = $1", connection);
        command.Parameters.Add(new() { Value = contact });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return null;
        return new(reader.IsDBNull(0) ? null : reader.GetFieldValue<DateTimeOffset>(0), reader.IsDBNull(1) ? null : reader.GetInt64(1));
    }

    /// <summary>
    /// Holds the rows of contacts that are about to be erased, until the transaction ends. Whoever is making identifiers of
    /// their fields is waited for, and what he made is there for the next statement; he who comes later waits, and finds them erased.
    /// </summary>
    public static async Task HoldAsync(NpgsqlConnection connection, long[] contacts, CancellationToken cancellationToken)
    {
        // In one order everywhere, so that two cannot wait for each other.
        await using var command = new NpgsqlCommand(
            "select count(*) from (select from segmentation.contacts where id = any($1) order by id for no key update) held", connection);
        command.Parameters.Add(new() { Value = contacts });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <inheritdoc cref="ReadAsync(NpgsqlConnection, long, CancellationToken)"/>
    public static async Task<ContactStanding?> ReadAsync(NpgsqlDataSource database, long contact, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await ReadAsync(connection, contact, cancellationToken);
    }
}
