using Npgsql;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>Reads who is merged into whom.</summary>
internal static class PersonStore
{
    /// <summary>
    /// Everybody who is one person with any of the contacts <c>$1</c>, as the tables <c>up</c> and <c>person (id)</c> of a
    /// statement that goes on. With nobody merged it costs a look into an empty index.
    /// </summary>
    public const string WithPersons = """
        with recursive up as (
            select id, merged_into from segmentation.contacts where id = any($1)
            union
            select c.id, c.merged_into from up join segmentation.contacts c on c.id = up.merged_into
        ), person as (
            select id from up
            union
            select c.id from person join segmentation.contacts c on c.merged_into = person.id
        )
        """;

    /// <summary>The persons of contacts. A contact that does not exist is in none.</summary>
    public static async Task<PersonTree> ReadAsync(NpgsqlConnection connection, long[] contacts, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            {WithPersons}
            select c.id, c.merged_into, c.erased from person join segmentation.contacts c on c.id = person.id
            """, connection);
        command.Parameters.Add(new() { Value = contacts });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var members = new List<PersonMember>();
        while (await reader.ReadAsync(cancellationToken))
        {
            members.Add(new(
                reader.GetInt64(0),
                reader.IsDBNull(1) ? null : reader.GetInt64(1),
                reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2)));
        }

        return new(members);
    }
}
