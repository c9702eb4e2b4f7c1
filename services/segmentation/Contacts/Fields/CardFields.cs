using System.Text.Json;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Contacts.Fields;

/// <summary>The additional fields as the card shows them.</summary>
internal static class CardFields
{
    /// <summary>
    /// Fields that were edited, and those that events filled because they identify; in the order of their names. A
    /// field that identifies has one value, so the two never contradict each other.
    /// </summary>
    /// <param name="types">The types of the fields that identify, by name.</param>
    public static JsonElement Of(JsonElement edited, IEnumerable<Identifier> identifiers, IReadOnlyDictionary<string, string> types)
    {
        var fields = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var identifier in identifiers.Where(identifier => !IdentifierKind.IsBuiltIn(identifier.Kind)))
            fields[identifier.Kind] = Typed(identifier.Value, types.GetValueOrDefault(identifier.Kind, FieldType.Text));
        foreach (var field in FieldsMerge.Members(edited))
            fields[field.Name] = field.Value;
        return FieldsMerge.Object(fields);
    }

    /// <summary>The text of a value as JSON of a type; a text where it does not fit.</summary>
    public static JsonElement Typed(string value, string type)
    {
        if (type == FieldType.Number && TryNumber(value, out var number))
            return number;
        if (type == FieldType.Boolean && value is "true" or "false")
            return JsonElement.Parse(value);
        return JsonElement.Parse($"\"{JsonEncodedText.Encode(value)}\"");
    }

    private static bool TryNumber(string value, out JsonElement number)
    {
        number = default;
        try
        {
            number = JsonElement.Parse(value);
            return number.ValueKind == JsonValueKind.Number && !FieldValue.Errors(number, "").Any();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
