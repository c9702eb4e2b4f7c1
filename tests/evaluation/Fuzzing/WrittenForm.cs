using System.Text.Json;
using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Tests.Fuzzing;

/// <summary>A condition as a store gives it back: the members of each object in another order, no white space, each text escaped in one way.</summary>
internal static class WrittenForm
{
    public static JsonElement Of(JsonElement condition)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
            Write(condition, writer);
        return JsonElement.Parse(bytes.ToArray());
    }

    /// <summary>The periods of a tree.</summary>
    public static IEnumerable<Period> Periods(Condition condition) => condition.Leaves().SelectMany(leaf => leaf switch
    {
        Condition.Event of => [of.Period],
        Condition.First first => [first.Period],
        Condition.Last last => [last.Period],
        Condition.Sequence sequence => (Period[])[sequence.Period],
        _ => [],
    });

    private static void Write(JsonElement value, Utf8JsonWriter writer)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject().OrderBy(member => member.Name.Length).ThenBy(member => member.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(member.Name);
                    Write(member.Value, writer);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                    Write(item, writer);
                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
