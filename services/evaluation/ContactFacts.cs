using System.Buffers;
using System.Text.Json;
using EventSegmentation.Evaluation.Conditions;
using EventSegmentation.Evaluation.Conditions.Reading;

namespace EventSegmentation.Evaluation;

/// <summary>What conditions know of a contact besides its events: always as it is now.</summary>
/// <param name="ContactId">The contact's id, an opaque text.</param>
/// <param name="Created">When this system made the contact.</param>
/// <param name="Source">What made it, for example <c>Event</c>.</param>
public sealed record ContactFacts(string ContactId, DateTimeOffset Created, string Source)
{
    private static readonly IReadOnlyDictionary<string, DateTimeOffset> NoLists = new Dictionary<string, DateTimeOffset>();

    private JsonElement? _fields;

    // A copy with other fields composes them anew.
    private ContactFacts(ContactFacts original) =>
        (ContactId, Created, Source, Identifiers, Fields, Lists) =
        (original.ContactId, original.Created, original.Source, original.Identifiers, original.Fields, original.Lists);

    /// <summary>The identifiers as kind and value: <c>externalId</c>, <c>email</c>, <c>phone</c>, <c>pushToken</c>, or the name of an additional field.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Identifiers { get; init; } = [];

    /// <summary>The additional fields, a JSON object; none if it is left out, or if some text in it is no Unicode.</summary>
    public JsonElement Fields
    {
        get;
        init => field = JsonText.OrNothing(value);
    }

    /// <summary>The keys of the segments outside the plan, such as lists, that have the contact as a member, and since when.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Lists { get; init; } = NoLists;

    /// <summary>Every field a condition can name but the instants, as one JSON object. E-mail addresses are trimmed.</summary>
    internal JsonElement AllFields() => _fields ??= Compose();

    private JsonElement Compose()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("contactId", ContactId);
            json.WriteString("source", Source);
            foreach (var kind in Identifiers.GroupBy(identifier => identifier.Key, identifier => identifier.Value, StringComparer.Ordinal))
            {
                if (kind.Key is "contactId" or "source" || IsField(kind.Key))
                    continue;
                json.WriteStartArray(kind.Key);
                foreach (var value in kind)
                    json.WriteStringValue(kind.Key == "email" ? value.Trim() : value);
                json.WriteEndArray();
            }

            if (Fields.ValueKind == JsonValueKind.Object)
                foreach (var field in Fields.EnumerateObject())
                    if (!Grammar.TextFields.Contains(field.Name) && !Grammar.InstantFields.Contains(field.Name))
                        field.WriteTo(json);
            json.WriteEndObject();
        }

        return JsonElement.Parse(bytes.WrittenSpan);
    }

    private bool IsField(string name) =>
        !Grammar.TextFields.Contains(name) && Fields.ValueKind == JsonValueKind.Object && Fields.TryGetProperty(name, out _);
}
