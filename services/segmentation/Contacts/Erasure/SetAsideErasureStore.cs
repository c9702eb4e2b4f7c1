using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Contacts.Erasure;

/// <summary>Erases what <see cref="SetAsideSearchStore"/> found.</summary>
internal static class SetAsideErasureStore
{
    /// <summary>
    /// Erases events without a contact that are the person's, of which is still known that they came, by their ids, and
    /// refused ones; out of others' events it takes the person's values.
    /// </summary>
    public static async Task EraseAsync(NpgsqlConnection connection, SetAsideSearchStore found, PersonalValues values, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    with gone as (delete from segmentation.unassigned_events where id = any($1) returning id)
                    insert into segmentation.erased_events (id) select id from gone on conflict do nothing
                    """) { Parameters = { new() { Value = found.Own.ToArray() } } },
                new("delete from segmentation.refused_events where seq = any($1)") { Parameters = { new() { Value = found.Refused.ToArray() } } },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        foreach (var part in found.Naming.Chunk(ErasureStore.MaxRewritten))
            await ScrubAsync(connection, part, values, cancellationToken);
    }

    private static async Task ScrubAsync(NpgsqlConnection connection, Guid[] ids, PersonalValues values, CancellationToken cancellationToken)
    {
        var scrubbed = new List<(Guid Id, string? KeyValue, string Params)>();

        // Locked, because one that is matched again at this moment goes elsewhere.
        await using (var select = new NpgsqlCommand("select id, type, key_value, params from segmentation.unassigned_events where id = any($1) order by position for update", connection))
        {
            select.Parameters.Add(new() { Value = ids });
            await using var reader = await select.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var keyValue = reader.IsDBNull(2) ? null : reader.GetString(2);
                var parameters = values.TakeOut(reader.GetString(1), JsonElement.Parse(reader.GetFieldValue<byte[]>(3)));
                scrubbed.Add((reader.GetGuid(0), values.Tells(keyValue) ? null : keyValue, parameters.GetRawText()));
            }
        }

        await using var update = new NpgsqlCommand("""
            update segmentation.unassigned_events e set key_value = new.key_value, params = new.params
            from unnest($1, $2, $3) as new (id, key_value, params) where e.id = new.id
            """, connection);
        update.Parameters.Add(new() { Value = scrubbed.Select(one => one.Id).ToArray() });
        update.Parameters.Add(new() { Value = scrubbed.Select(one => one.KeyValue).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        update.Parameters.Add(new() { Value = scrubbed.Select(one => one.Params).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        await update.ExecuteNonQueryAsync(cancellationToken);
    }
}
