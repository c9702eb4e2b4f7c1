using System.Buffers;
using System.Text.Json;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>The part of a JSON object that some paths can reach: enough to ask them later, and no more.</summary>
internal static class Excerpt
{
    /// <summary>The members of the object by whose name one of the paths may begin.</summary>
    public static JsonElement Of(JsonElement json, IReadOnlyCollection<ValuePath> paths)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            if (json.ValueKind == JsonValueKind.Object)
                foreach (var member in json.EnumerateObject())
                    if (member.Value.ValueKind != JsonValueKind.Null && paths.Any(path => path.MayBeginWith(member.Name)))
                        member.WriteTo(writer);
            writer.WriteEndObject();
        }

        return JsonElement.Parse(bytes.WrittenSpan);
    }

    /// <summary>Reads an excerpt from a state.</summary>
    /// <exception cref="InvalidDataException">It is no JSON.</exception>
    public static JsonElement Parse(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException broken)
        {
            throw new InvalidDataException("The bytes hold parameters that are no JSON.", broken);
        }
    }
}
