using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace EventSegmentation.Evaluation.Tests.Reading;

/// <summary>Checks JSON against a schema, as far as the words go that the schema of definitions uses; any other word is an error.</summary>
internal sealed class SchemaCheck(JsonElement root)
{
    private static readonly string[] Annotations = ["$schema", "$defs", "title"];

    public bool Accepts(JsonElement json) => Accepts(root, json);

    private bool Accepts(JsonElement schema, JsonElement json) =>
        schema.EnumerateObject().All(word => Annotations.Contains(word.Name) || Satisfies(schema, word, json));

    private bool Satisfies(JsonElement schema, JsonProperty word, JsonElement json)
    {
        var value = word.Value;
        var isObject = json.ValueKind == JsonValueKind.Object;
        var isArray = json.ValueKind == JsonValueKind.Array;
        return word.Name switch
        {
            "$ref" => Accepts(root.GetProperty("$defs").GetProperty(value.GetString()!["#/$defs/".Length..]), json),
            "type" => IsOf(value.GetString()!, json),
            "enum" => value.EnumerateArray().Any(one => JsonElement.DeepEquals(one, json)),
            "not" => !Accepts(value, json),
            "allOf" => value.EnumerateArray().All(part => Accepts(part, json)),
            "anyOf" => value.EnumerateArray().Any(part => Accepts(part, json)),
            "oneOf" => value.EnumerateArray().Count(part => Accepts(part, json)) == 1,
            "required" => !isObject || value.EnumerateArray().All(name => json.TryGetProperty(name.GetString()!, out _)),
            "properties" => !isObject || json.EnumerateObject().All(member => !value.TryGetProperty(member.Name, out var inner) || Accepts(inner, member.Value)),
            "additionalProperties" => !isObject || json.EnumerateObject().All(member => schema.GetProperty("properties").TryGetProperty(member.Name, out _)),
            "minProperties" => !isObject || json.EnumerateObject().Count() >= value.GetInt32(),
            "maxProperties" => !isObject || json.EnumerateObject().Count() <= value.GetInt32(),
            "minItems" => !isArray || json.GetArrayLength() >= value.GetInt32(),
            "maxItems" => !isArray || json.GetArrayLength() <= value.GetInt32(),
            "prefixItems" => !isArray || value.EnumerateArray().Zip(json.EnumerateArray()).All(pair => Accepts(pair.First, pair.Second)),
            "items" => !isArray || json.EnumerateArray().Skip(schema.TryGetProperty("prefixItems", out var prefix) ? prefix.GetArrayLength() : 0).All(item => Accepts(value, item)),
            "minLength" => json.ValueKind != JsonValueKind.String || json.GetString()!.Length >= value.GetInt32(),
            "maxLength" => json.ValueKind != JsonValueKind.String || json.GetString()!.Length <= value.GetInt32(),
            "pattern" => json.ValueKind != JsonValueKind.String || Regex.IsMatch(json.GetString()!, value.GetString()!, RegexOptions.CultureInvariant),
            "minimum" => json.ValueKind != JsonValueKind.Number || (json.TryGetDecimal(out var number) && number >= value.GetDecimal()),
            "maximum" => json.ValueKind != JsonValueKind.Number || (json.TryGetDecimal(out var number) && number <= value.GetDecimal()),
            _ => throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The check does not know the word {word.Name}.")),
        };
    }

    private static bool IsOf(string type, JsonElement json) => type switch
    {
        "object" => json.ValueKind == JsonValueKind.Object,
        "array" => json.ValueKind == JsonValueKind.Array,
        "string" => json.ValueKind == JsonValueKind.String,
        "boolean" => json.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => json.ValueKind == JsonValueKind.Number,
        "integer" => json.ValueKind == JsonValueKind.Number && json.TryGetDecimal(out var number) && decimal.IsInteger(number),
        _ => throw new InvalidOperationException($"The check does not know the type {type}."),
    };
}
