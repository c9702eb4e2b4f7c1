using System.Text.Json;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts.Erasure;

/// <summary>Erases refused events that name a person.</summary>
internal static class RefusalErasureStore
{
    /// <summary>What was refused need not be an event, nor JSON: then a value is looked for in the text, as in the reasons, which may quote it.</summary>
    public static async Task EraseAsync(NpgsqlConnection connection, PersonalValues values, CancellationToken cancellationToken)
    {
        if (values.IsEmpty)
            return;
        var named = new List<long>();
        await using (var select = new NpgsqlCommand("select seq, body, reasons, event_id, key_value, type from segmentation.refused_events", connection))
        {
            await using var reader = await select.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                if (Names(values, Text(reader, 5) ?? "", reader.GetString(1)) || values.AreQuotedIn(reader.GetString(2))
                    || values.Tells(Text(reader, 3)) || values.Tells(Text(reader, 4)))
                    named.Add(reader.GetInt64(0));
            }
        }

        await using var delete = new NpgsqlCommand("delete from segmentation.refused_events where seq = any($1)", connection);
        delete.Parameters.Add(new() { Value = named.ToArray() });
        await delete.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static bool Names(PersonalValues values, string type, string text)
    {
        try
        {
            return values.AreInAny(type, JsonElement.Parse(text));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return values.AreQuotedIn(text);
        }
    }
}
