using System.Buffers;
using System.Text.Json;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>The additional fields of contacts that are one person.</summary>
internal static class PersonFields
{
    /// <summary>Every field once, as the first contact that has it has it.</summary>
    /// <param name="fields">Each contact's fields, a JSON object; anything else has none.</param>
    public static JsonElement Of(IEnumerable<JsonElement> fields)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            foreach (var field in fields.Where(one => one.ValueKind == JsonValueKind.Object).SelectMany(one => one.EnumerateObject()))
                if (seen.Add(field.Name))
                    field.WriteTo(json);
            json.WriteEndObject();
        }

        return JsonElement.Parse(bytes.WrittenSpan);
    }
}
