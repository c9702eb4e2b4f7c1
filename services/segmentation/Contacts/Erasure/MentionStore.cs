using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts.Erasure;

/// <summary>Finds who speaks of a person.</summary>
internal static class MentionStore
{
    /// <summary>
    /// The contacts that have events which may name the person in whatever place. Reads every event of everybody, because
    /// no index knows what a text may say; so it is for a moment when nothing is locked.
    /// </summary>
    public static async Task<HashSet<long>> ReadAsync(
        NpgsqlConnection connection, long[] person, IReadOnlyCollection<string> telling, CancellationToken cancellationToken)
    {
        var mentioning = new HashSet<long>();
        if (telling.Count == 0)
            return mentioning;
        await using var command = new NpgsqlCommand("""
            with wanted as materialized (
                select lower(substr(text, 2, length(text) - 2)) as text from (select to_jsonb(value)::text as text from unnest($1) as value) escaped
            )
            select distinct e.stream_id from public.mt_events e
            where e.type = $2 and not e.is_archived and e.stream_id <> all($3)
              and exists (select from wanted where position(wanted.text in lower(e.data::text)) > 0)
            """, connection) { CommandTimeout = 0 };
        command.Parameters.Add(new() { Value = telling.ToArray() });
        command.Parameters.Add(new() { Value = EventRecorded.TypeAlias });
        command.Parameters.Add(new() { Value = person.Select(StreamId.Of).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (StreamId.TryContact(reader.GetString(0), out var contact))
                mentioning.Add(contact);
        }

        return mentioning;
    }
}
