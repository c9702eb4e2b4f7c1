using System.Text.Json;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts.Erasure;

/// <summary>
/// Finds what names a person among the events without a contact and the refused ones. Each look goes on where the one
/// before it ended. Row by row and not by SQL, because what is compared is what the matcher compares.
/// </summary>
internal sealed class SetAsideSearchStore
{
    private long _position;
    private long _refusal;

    /// <summary>Events without a contact that are the person's.</summary>
    public List<Guid> Own { get; } = [];

    /// <summary>Events without a contact that are not the person's and name it.</summary>
    public List<Guid> Naming { get; } = [];

    /// <summary>Refused events that name the person.</summary>
    public List<long> Refused { get; } = [];

    /// <summary>Looks at everything that came since the last look.</summary>
    public async Task LookAsync(NpgsqlConnection connection, PersonalValues values, CancellationToken cancellationToken)
    {
        if (values.IsEmpty)
            return;
        await LookAtUnassignedAsync(connection, values, cancellationToken);
        await LookAtRefusedAsync(connection, values, cancellationToken);
    }

    private async Task LookAtUnassignedAsync(NpgsqlConnection connection, PersonalValues values, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select position, id, type, key_value, params from segmentation.unassigned_events where position > $1", connection);
        command.Parameters.Add(new() { Value = _position });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            _position = Math.Max(_position, reader.GetInt64(0));
            var (type, parameters) = (reader.GetString(2), JsonElement.Parse(reader.GetFieldValue<byte[]>(4)));
            if (values.Identify(type, parameters))
                Own.Add(reader.GetGuid(1));
            else if (values.Tells(Text(reader, 3)) || values.AreIn(type, parameters))
                Naming.Add(reader.GetGuid(1));
        }
    }

    // What was refused need not be an event, nor JSON: then a value is looked for in the text, as in the reasons, which may
    // quote it.
    private async Task LookAtRefusedAsync(NpgsqlConnection connection, PersonalValues values, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select seq, body, reasons, event_id, key_value, type from segmentation.refused_events where seq > $1", connection);
        command.Parameters.Add(new() { Value = _refusal });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            _refusal = Math.Max(_refusal, reader.GetInt64(0));
            if (Names(values, Text(reader, 5) ?? "", reader.GetString(1)) || values.AreQuotedIn(reader.GetString(2))
                || values.Tells(Text(reader, 3)) || values.Tells(Text(reader, 4)))
                Refused.Add(reader.GetInt64(0));
        }
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
