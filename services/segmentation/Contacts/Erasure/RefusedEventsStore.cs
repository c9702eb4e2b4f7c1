using System.Text.Json;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts.Erasure;

/// <summary>Erases refused events that name a person, where the installation keeps refused events.</summary>
internal static class RefusedEventsStore
{
    /// <summary>What was refused need not be an event, nor JSON: then a value is looked for in the text.</summary>
    public static async Task EraseAsync(NpgsqlConnection connection, PersonalValues values, CancellationToken cancellationToken)
    {
        await using (var exists = new NpgsqlCommand("select to_regclass('segmentation.refused_events') is not null", connection))
        {
            if (values.IsEmpty || !(bool)(await exists.ExecuteScalarAsync(cancellationToken))!)
                return;
        }

        var named = new List<long>();
        await using (var select = new NpgsqlCommand("select seq, body from segmentation.refused_events", connection))
        {
            await using var reader = await select.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                if (Names(values, reader.GetString(1)))
                    named.Add(reader.GetInt64(0));
            }
        }

        await using var delete = new NpgsqlCommand("delete from segmentation.refused_events where seq = any($1)", connection);
        delete.Parameters.Add(new() { Value = named.ToArray() });
        await delete.ExecuteNonQueryAsync(cancellationToken);
    }

    private static bool Names(PersonalValues values, string body)
    {
        try
        {
            return values.AreIn(JsonElement.Parse(body));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return values.Compared.Any(value => value.Length >= PersonalValues.MinTelling && body.Contains(value, StringComparison.OrdinalIgnoreCase));
        }
    }
}
