using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventSegmentation.Segmentation.Streams;

/// <summary>Merges changes into JSON objects of additional fields.</summary>
internal static class FieldsMerge
{
    // As short as JSON can be: what is not ASCII stands as it is.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>No fields.</summary>
    public static JsonElement None { get; } = JsonElement.Parse("{}");

    /// <summary>The object with the changes: members replace those of the same name, null removes them; members are in the order of their names.</summary>
    /// <param name="before">Anything but an object has no members.</param>
    public static JsonElement Of(JsonElement before, JsonElement changes)
    {
        var fields = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var field in Members(before))
            fields[field.Name] = field.Value;
        foreach (var change in Members(changes))
        {
            if (change.Value.ValueKind == JsonValueKind.Null)
                fields.Remove(change.Name);
            else
                fields[change.Name] = change.Value;
        }

        return Object(fields);
    }

    /// <summary>The fields of contacts that are one person: every field once, as the first contact that has it has it.</summary>
    public static JsonElement OfPerson(IEnumerable<JsonElement> fields) => fields.Reverse().Aggregate(None, Of);

    /// <summary>An object of members, in their order.</summary>
    public static JsonElement Object(IEnumerable<KeyValuePair<string, JsonElement>> members)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, Plain))
        {
            json.WriteStartObject();
            foreach (var (name, value) in members)
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }

            json.WriteEndObject();
        }

        return JsonElement.Parse(bytes.WrittenSpan);
    }

    /// <summary>The members of an object; none of anything else.</summary>
    public static IEnumerable<JsonProperty> Members(JsonElement json) => json.ValueKind == JsonValueKind.Object ? json.EnumerateObject() : [];
}
