using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventSegmentation.Segmentation.Contacts.Erasure;

/// <summary>
/// The values that name a person: every identifier that the contact ever carried or that its events brought. Finds them
/// in others' data and takes them out, and leaves what only looks the same: a parameter that identifies names the person
/// by an identifier of its own kind and by nothing else, and anywhere else a text does that tells by itself. Pure.
/// </summary>
/// <param name="rules">The rules that say which parameters identify, beside the table.</param>
internal sealed class PersonalValues(IEnumerable<IdentifierKey> keys, MatchingRules rules)
{
    /// <summary>
    /// The fewest characters of a text that tells by itself whom it names, unless it is an e-mail address, which always
    /// does. A shorter one could be anything, and so could any number.
    /// </summary>
    public const int MinTelling = 8;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HashSet<IdentifierKey> _keys = [.. keys];
    private readonly HashSet<string> _addresses = [.. keys.Where(IsAddress).Select(key => key.Key)];
    private readonly HashSet<string> _telling = [.. keys.Where(key => !IsAddress(key) && key.Key.Length >= MinTelling).Select(key => key.Key)];

    // What a value stands for by its place: the kinds of identifiers it may be, and whether it can be nothing else.
    private readonly record struct Place(IReadOnlyList<string> Kinds, bool Identifies);

    /// <summary>The values that tell by themselves, in the form in which they are compared.</summary>
    public IReadOnlyCollection<string> Telling => [.. _addresses, .. _telling];

    /// <summary>True if nothing is to be looked for.</summary>
    public bool IsEmpty => _keys.Count == 0;

    /// <summary>True if a text is a value that tells by itself; an e-mail address is compared as an identifier.</summary>
    public bool Tells(string? text) =>
        text is not null && (_telling.Contains(text) || _addresses.Contains(new Identifier(IdentifierKind.Email, text).Key.Key));

    /// <summary>True if a text that may say anything quotes a value that tells by itself, not as a part of a longer word.</summary>
    public bool AreQuotedIn(string text) => _telling.Any(value => IsQuoted(value, text)) || _addresses.Any(value => IsQuoted(value, text));

    /// <summary>True if a parameter of an event that identifies its contact names the person.</summary>
    public bool Identify(string eventType, JsonElement parameters)
    {
        var applying = rules.For(eventType);
        return parameters.EnumerateObject().Any(parameter => IsKey(parameter.Value, Kinds(parameter.Name, applying)));
    }

    /// <summary>True if one of the values stands anywhere in an event's parameters.</summary>
    public bool AreIn(string eventType, JsonElement parameters) => AreIn(parameters, default, isTop: true, rules.For(eventType));

    /// <summary>True if one of the values stands anywhere in a JSON text that may be an event.</summary>
    public bool AreInAny(string eventType, JsonElement json) => AreIn(json, default, isTop: false, rules.For(eventType));

    /// <summary>An event's parameters with null in place of each of the values.</summary>
    public JsonElement TakeOut(string eventType, JsonElement parameters)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, Plain))
            Write(parameters, default, isTop: true, rules.For(eventType), writer);
        return JsonElement.Parse(bytes.WrittenSpan);
    }

    private bool AreIn(JsonElement json, Place place, bool isTop, IReadOnlyList<MatchingRule> applying) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().Any(member => AreIn(member.Value, PlaceOf(json, member, isTop, applying), isTop: false, applying)),
        JsonValueKind.Array => json.EnumerateArray().Any(item => AreIn(item, place with { Identifies = false }, isTop: false, applying)),
        _ => Is(json, place),
    };

    private void Write(JsonElement json, Place place, bool isTop, IReadOnlyList<MatchingRule> applying, Utf8JsonWriter to)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                to.WriteStartObject();
                foreach (var member in json.EnumerateObject())
                {
                    to.WritePropertyName(member.Name);
                    Write(member.Value, PlaceOf(json, member, isTop, applying), isTop: false, applying, to);
                }

                to.WriteEndObject();
                break;
            case JsonValueKind.Array:
                to.WriteStartArray();
                foreach (var item in json.EnumerateArray())
                    Write(item, place with { Identifies = false }, isTop: false, applying, to);
                to.WriteEndArray();
                break;
            default:
                if (Is(json, place))
                    to.WriteNullValue();
                else
                    json.WriteTo(to);
                break;
        }
    }

    private bool Is(JsonElement value, Place place) =>
        IsKey(value, place.Kinds ?? []) || (!place.Identifies && value.ValueKind == JsonValueKind.String && Tells(value.GetString()));

    private bool IsKey(JsonElement value, IReadOnlyList<string> kinds) =>
        kinds.Count > 0 && Identifier.Text(value) is { } text && kinds.Any(kind => _keys.Contains(new Identifier(kind, text).Key));

    // Only a parameter identifies, and not what lies deeper; but by its name a member there says as well what it holds, and
    // so does the name in a pair of name and value.
    private static Place PlaceOf(JsonElement parent, JsonProperty member, bool isTop, IReadOnlyList<MatchingRule> applying)
    {
        var name = !isTop && member.NameEquals("value") && parent.TryGetProperty("name", out var named) && named.ValueKind == JsonValueKind.String
            ? named.GetString()!
            : member.Name;
        var kinds = Kinds(name, applying);
        return new(kinds, isTop && kinds.Count > 0);
    }

    private static IReadOnlyList<string> Kinds(string parameter, IReadOnlyList<MatchingRule> applying)
    {
        var ruled = applying.Where(rule => rule.Names(parameter)).Select(rule => rule.ContactField);
        return IdentifierTable.KindOf(parameter) is { } kind ? [.. ruled, kind] : [.. ruled];
    }

    private static bool IsQuoted(string value, string text)
    {
        for (var at = text.IndexOf(value, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(value, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            var end = at + value.Length;
            if (!(at > 0 && AreOneWord(text[at - 1], text[at])) && !(end < text.Length && AreOneWord(text[end - 1], text[end])))
                return true;
        }

        return false;
    }

    private static bool AreOneWord(char one, char next) => char.IsLetterOrDigit(one) && char.IsLetterOrDigit(next);

    // A rule may take anything for an address.
    private static bool IsAddress(IdentifierKey key) => key.Kind == IdentifierKind.Email && key.Key.Contains('@');
}
