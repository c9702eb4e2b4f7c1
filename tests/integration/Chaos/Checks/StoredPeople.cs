using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos.Checks;

/// <summary>All streams as they are stored, read once for all checks.</summary>
/// <param name="Facts">By contact, in the order of the stream.</param>
internal sealed record StoredPeople(IReadOnlyDictionary<long, IReadOnlyList<StoredEvent>> Facts)
{
    public static async Task<StoredPeople> ReadAsync(NpgsqlDataSource store)
    {
        await using var connection = await store.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("""
            select seq_id, stream_id, version, timestamp, type, data from public.mt_events order by stream_id, version
            """, connection) { CommandTimeout = 600 };
        await using var reader = await command.ExecuteReaderAsync();
        var facts = new List<StoredEvent>();
        while (await reader.ReadAsync())
            facts.Add(StoredEvent.Read(reader));
        return new(facts.GroupBy(fact => fact.ContactId).ToDictionary(stream => stream.Key, IReadOnlyList<StoredEvent> (stream) => [.. stream]));
    }
}
