using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos.Checks;

/// <summary>A contact as its row says.</summary>
/// <param name="MergedInto">Null for one that stands for itself.</param>
/// <param name="Plan">The field that is edited; null if it has none.</param>
internal sealed record StoredContact(long? MergedInto, bool IsErased, string? Plan);

/// <summary>All streams as they are stored, and whose they are, read once for all checks.</summary>
/// <param name="Facts">By contact, in the order of the stream.</param>
internal sealed record StoredPeople(IReadOnlyDictionary<long, IReadOnlyList<StoredEvent>> Facts, IReadOnlyDictionary<long, StoredContact> Contacts)
{
    public static async Task<StoredPeople> ReadAsync(NpgsqlDataSource store)
    {
        await using var connection = await store.OpenConnectionAsync();
        return new(await FactsAsync(connection), await ContactsAsync(connection));
    }

    public bool IsErased(long contact) => Contacts.TryGetValue(contact, out var stored) && stored.IsErased;

    /// <summary>True if the contact has no memberships of its own any more.</summary>
    public bool IsGone(long contact) => Contacts.TryGetValue(contact, out var stored) && (stored.IsErased || stored.MergedInto is not null);

    private static async Task<Dictionary<long, IReadOnlyList<StoredEvent>>> FactsAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("""
            select seq_id, stream_id, version, timestamp, type, data from public.mt_events order by stream_id, version
            """, connection) { CommandTimeout = 600 };
        await using var reader = await command.ExecuteReaderAsync();
        var facts = new List<StoredEvent>();
        while (await reader.ReadAsync())
            facts.Add(StoredEvent.Read(reader));
        return facts.GroupBy(fact => fact.ContactId).ToDictionary(stream => stream.Key, IReadOnlyList<StoredEvent> (stream) => [.. stream]);
    }

    private static async Task<Dictionary<long, StoredContact>> ContactsAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("select id, merged_into, erased is not null, fields ->> 'plan' from segmentation.contacts", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var contacts = new Dictionary<long, StoredContact>();
        while (await reader.ReadAsync())
            contacts.Add(reader.GetInt64(0), new(reader.IsDBNull(1) ? null : reader.GetInt64(1), reader.GetBoolean(2), reader.IsDBNull(3) ? null : reader.GetString(3)));
        return contacts;
    }
}
