using System.Text.Json;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>Which parameters of an event identify its contact, and in which order they are tried.</summary>
internal static class IdentifierTable
{
    // In rank order; the names of one row are tried in their order.
    private static readonly (string Kind, string[] Parameters)[] Rows =
    [
        (IdentifierKind.ContactId, ["ContactId"]),
        (IdentifierKind.ExternalId, ["externalCustomerId"]),
        (IdentifierKind.Email, ["Email", "EmailAddress", "UserEmail", "ContactEmail"]),
        (IdentifierKind.Phone, ["Phone", "SMS", "PhoneNumber"]),
        (IdentifierKind.PushToken, ["PushToken"]),
        (IdentifierKind.ContactKey, ["ContactKey", "Contact_key"]),
    ];

    private static readonly Dictionary<string, (int Row, int Name)> Places = Rows
        .SelectMany((row, rank) => row.Parameters.Select((name, place) => (name, rank, place)))
        .ToDictionary(entry => entry.name, entry => (entry.rank, entry.place), StringComparer.OrdinalIgnoreCase);

    /// <summary>True if a parameter of this name identifies a contact.</summary>
    public static bool Has(string parameter) => Places.ContainsKey(parameter);

    /// <summary>
    /// The identifiers of an event, highest rank first, at most one a kind. Texts that are not blank and numbers
    /// identify; null, truth values, arrays, objects and values over <see cref="Identifier.MaxLength"/> do not.
    /// </summary>
    public static IReadOnlyList<Identifier> Read(JsonElement parameters)
    {
        var found = new (int Name, string Value)?[Rows.Length];
        foreach (var parameter in parameters.EnumerateObject())
        {
            if (!Places.TryGetValue(parameter.Name, out var place) || Text(parameter.Value) is not { } value)
                continue;
            if (found[place.Row] is not { } earlier || place.Name < earlier.Name)
                found[place.Row] = (place.Name, value);
        }

        var identifiers = new List<Identifier>();
        for (var row = 0; row < Rows.Length; row++)
        {
            if (found[row] is { } hit)
                identifiers.Add(new(Rows[row].Kind, hit.Value));
        }

        return identifiers;
    }

    /// <summary>The text of a value that can identify a contact; null of any other.</summary>
    public static string? Text(JsonElement value)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };
        return string.IsNullOrWhiteSpace(text) || text.Length > Identifier.MaxLength ? null : text;
    }
}
