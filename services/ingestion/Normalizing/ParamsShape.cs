using System.Buffers;
using System.Text.Json;

namespace EventSegmentation.Ingestion.Normalizing;

/// <summary>
/// Brings the two accepted forms of params, an object and an array of <c>{name, value}</c>, to one: an
/// object. Missing and null params are an empty object; a missing <c>value</c> is null.
/// </summary>
internal static class ParamsShape
{
    private static readonly JsonElement Empty = JsonElement.Parse("{}"u8);

    /// <summary>The params as an object that does not hold on to the request's buffer, or the errors.</summary>
    public static JsonElement Read(JsonElement? given, string pointer, List<FieldError> errors)
    {
        switch (given?.ValueKind)
        {
            case null or JsonValueKind.Null:
                return Empty;
            case JsonValueKind.Object:
                if (ParamsCheck.FirstFault(given.Value, pointer, depth: 0) is not { } fault)
                    return given.Value.Clone();
                errors.Add(fault);
                return Empty;
            case JsonValueKind.Array:
                return FromPairs(given.Value, pointer, errors);
            default:
                errors.Add(Error(pointer, $"must be an object, or an array of {{name, value}}; {RawJson.Kind(given.Value)} came"));
                return Empty;
        }
    }

    private static JsonElement FromPairs(JsonElement pairs, string pointer, List<FieldError> errors)
    {
        var buffer = new ArrayBufferWriter<byte>(RawJson.Of(pairs).Length);
        var names = new HashSet<string>(StringComparer.Ordinal);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            var index = 0;
            foreach (var pair in pairs.EnumerateArray())
            {
                if (WritePair(pair, names, writer, pointer + JsonPointer.Element(index)) is { } error)
                {
                    errors.Add(error);
                    return Empty;
                }

                index++;
            }

            writer.WriteEndObject();
        }

        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static FieldError? WritePair(JsonElement pair, HashSet<string> names, Utf8JsonWriter writer, string pointer)
    {
        if (pair.ValueKind != JsonValueKind.Object)
            return Error(pointer, $"must be an object {{name, value}}; {RawJson.Kind(pair)} came");
        if (!RawJson.TryMember(pair, "name"u8, out var name))
            return Error(pointer + "/name", "is given twice");
        if (name is not { ValueKind: JsonValueKind.String })
            return Error(pointer + "/name", name is null ? "is missing" : $"must be a text; {RawJson.Kind(name.Value)} came");
        if (RawJson.TextFault(RawJson.Of(name.Value)) is { } fault)
            return Error(pointer + "/name", fault);
        if (!names.Add(name.Value.GetString()!))
            return Error(pointer + "/name", "was given before");
        if (!RawJson.TryMember(pair, "value"u8, out var value))
            return Error(pointer + "/value", "is given twice");

        writer.WritePropertyName(name.Value.GetString()!);
        if (value is null)
        {
            writer.WriteNullValue();
            return null;
        }

        // The value stands one level inside the object that the pairs become.
        if (ParamsCheck.FirstFault(value.Value, pointer + "/value", depth: 1) is { } valueFault)
            return valueFault;
        value.Value.WriteTo(writer);
        return null;
    }

    private static FieldError Error(string pointer, string detail) => new(pointer, detail) { Reason = RefusalReason.Params };
}
