using EventSegmentation.Segmentation.Schema;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts.Fields;

/// <summary>Reads and registers additional fields inside a command's transaction.</summary>
internal static class KnownFieldStore
{
    /// <summary>
    /// The fields of these names that there are. Their rows are held until the transaction ends, so that nobody
    /// changes a type while a value of it is being written.
    /// </summary>
    public static async Task<Dictionary<string, ContactField>> HoldAsync(
        NpgsqlConnection connection, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        // In one order everywhere, so that two cannot wait for each other.
        await using var command = new NpgsqlCommand(
            "select name, type, identifies from segmentation.contact_fields where name = any($1) order by name for share", connection);
        command.Parameters.Add(new() { Value = names.Distinct(StringComparer.Ordinal).ToArray() });
        var fields = new Dictionary<string, ContactField>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            fields.Add(reader.GetString(0), new(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2)));
        return fields;
    }

    /// <summary>
    /// Registers fields that were not known a moment ago. False if there would be more than
    /// <see cref="ContactField.MaxFields"/>: then nothing is to be committed. Throws <see cref="MatchRaceException"/> if
    /// a rival registered one of them.
    /// </summary>
    public static async Task<bool> RegisterAsync(
        NpgsqlConnection connection, IReadOnlyCollection<ContactField> fields, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (fields.Count == 0)
            return true;
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                // One at a time, so that two cannot take the last place together.
                new("select pg_advisory_xact_lock($1)") { Parameters = { new() { Value = AdvisoryLocks.ContactFields } } },
                new("""
                    insert into segmentation.contact_fields (name, type, created)
                    select name, type, $3 from unnest($1, $2) as new (name, type)
                    on conflict do nothing
                    """)
                {
                    Parameters =
                    {
                        new() { Value = fields.Select(field => field.Name).ToArray() },
                        new() { Value = fields.Select(field => field.Type).ToArray() },
                        new() { Value = now },
                    },
                },
                new("select count(*) <= $1 from segmentation.contact_fields") { Parameters = { new() { Value = ContactField.MaxFields } } },
            },
        };
        bool fits;
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            await reader.NextResultAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            fits = reader.GetBoolean(0);
        }

        if (batch.BatchCommands[1].RecordsAffected != fields.Count)
            throw new MatchRaceException();
        return fits;
    }
}
