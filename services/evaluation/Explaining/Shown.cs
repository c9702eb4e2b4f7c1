using System.Buffers;
using System.Text.Json;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Explaining;

/// <summary>The values of figures in the form in which people and programs read them.</summary>
internal static class Shown
{
    /// <summary>A number.</summary>
    public static JsonElement Number(decimal number) => JsonElement.Parse(NumberRange.Number(number));

    /// <summary>A number with all its digits.</summary>
    public static JsonElement? Number(ExactFigure? figure) => figure is { } exact ? JsonElement.Parse(exact.ToString()) : null;

    /// <summary>An instant in UTC.</summary>
    public static JsonElement? Instant(DateTimeOffset? instant) =>
        instant is { } time ? Written(json => json.WriteStringValue(time.UtcDateTime)) : null;

    /// <summary>What the path finds: the one value, a list of several, an empty list or object, or null if it is missing.</summary>
    public static JsonElement? Values(JsonElement root, ValuePath path)
    {
        if (!path.Exists(root))
            return null;
        var values = new List<JsonElement>();
        path.Some(root, values, static (value, values) =>
        {
            values.Add(value);
            return values.Count == ExplainedFigure.MaxValues;
        });
        return values.Count == 1 ? values[0].Clone() : Written(json =>
        {
            json.WriteStartArray();
            foreach (var value in values)
                value.WriteTo(json);
            json.WriteEndArray();
        });
    }

    /// <summary>What the event has in the parameters the filter looks at, those that are missing left out; null without an event.</summary>
    public static JsonElement? Params(ContactEvent? e, Where where)
    {
        if (e is null)
            return null;
        return Written(json =>
        {
            json.WriteStartObject();
            foreach (var param in where.Params.DistinctBy(param => param.Text))
                if (Values(e.Params, param) is { } value)
                {
                    json.WritePropertyName(param.Text);
                    value.WriteTo(json);
                }

            json.WriteEndObject();
        });
    }

    private static JsonElement Written(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
            write(json);
        return JsonElement.Parse(bytes.WrittenSpan);
    }
}
