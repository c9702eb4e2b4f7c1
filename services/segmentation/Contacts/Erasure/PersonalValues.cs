using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventSegmentation.Segmentation.Contacts.Erasure;

/// <summary>
/// The values that name a person: every identifier that the contact ever carried or that its events brought. Finds them
/// where they stand as a whole value, and takes them out. Pure.
/// </summary>
internal sealed class PersonalValues(IEnumerable<IdentifierKey> keys)
{
    /// <summary>
    /// The fewest characters of a value that names somebody wherever it stands. A shorter one could be anything, and names
    /// somebody only in a parameter that identifies.
    /// </summary>
    public const int MinTelling = 4;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HashSet<string> _emails = Keys(keys, isEmail: true);
    private readonly HashSet<string> _others = Keys(keys, isEmail: false);

    /// <summary>All values in the form in which they are compared.</summary>
    public IReadOnlyCollection<string> Compared => [.. _emails, .. _others];

    /// <summary>True if nothing is to be looked for.</summary>
    public bool IsEmpty => _emails.Count == 0 && _others.Count == 0;

    /// <summary>True if a text is one of the values; an e-mail address is compared as an identifier.</summary>
    /// <param name="identifies">True where the text stands in a parameter that identifies.</param>
    public bool Is(string? text, bool identifies = false) =>
        text is not null && (identifies || text.Length >= MinTelling)
        && (_others.Contains(text) || _emails.Contains(new Identifier(IdentifierKind.Email, text).Key.Key));

    /// <summary>True if one of the values stands anywhere in the JSON.</summary>
    public bool AreIn(JsonElement json, bool identifies = false) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().Any(member => AreIn(member.Value, IdentifierTable.Has(member.Name))),
        JsonValueKind.Array => json.EnumerateArray().Any(item => AreIn(item, identifies)),
        _ => Is(Text(json), identifies),
    };

    /// <summary>The JSON with null in place of each of the values.</summary>
    public JsonElement TakeOut(JsonElement json)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, Plain))
            Write(json, identifies: false, writer);
        return JsonElement.Parse(bytes.WrittenSpan);
    }

    private void Write(JsonElement json, bool identifies, Utf8JsonWriter to)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                to.WriteStartObject();
                foreach (var member in json.EnumerateObject())
                {
                    to.WritePropertyName(member.Name);
                    Write(member.Value, IdentifierTable.Has(member.Name), to);
                }

                to.WriteEndObject();
                break;
            case JsonValueKind.Array:
                to.WriteStartArray();
                foreach (var item in json.EnumerateArray())
                    Write(item, identifies, to);
                to.WriteEndArray();
                break;
            default:
                if (Is(Text(json), identifies))
                    to.WriteNullValue();
                else
                    json.WriteTo(to);
                break;
        }
    }

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    private static HashSet<string> Keys(IEnumerable<IdentifierKey> keys, bool isEmail) =>
        keys.Where(key => key.Kind == IdentifierKind.Email == isEmail).Select(key => key.Key).ToHashSet(StringComparer.Ordinal);
}
