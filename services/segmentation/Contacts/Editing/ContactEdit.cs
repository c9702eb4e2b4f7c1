using System.Text.Json;
using EventSegmentation.Segmentation.Contacts.Fields;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Contacts.Editing;

/// <summary>What is asked of one additional field.</summary>
/// <param name="Value">JSON null removes the field.</param>
internal sealed record FieldEdit(string Name, JsonElement Value, string Pointer);

/// <summary>What is asked of one kind of identifier.</summary>
/// <param name="Value">As it is to stand on the card, or a number as a text; null removes every value of the kind.</param>
/// <param name="Remove">True if this one value is to be removed.</param>
internal sealed record IdentifierEdit(string Kind, string? Value, bool Remove, string Pointer);

/// <summary>A change of a card, as a caller asks for it: understood, and not yet compared with the contact.</summary>
internal sealed record ContactEdit(IReadOnlyList<FieldEdit> Fields, IReadOnlyList<IdentifierEdit> Identifiers)
{
    /// <summary>The most identifiers in one change.</summary>
    public const int MaxIdentifiers = 200;

    private static readonly string[] Members = ["fields", "identifiers"];
    private static readonly string[] IdentifierMembers = ["kind", "value", "remove"];

    /// <summary>Reads a body strictly; each error says where it is, what was found and what was expected.</summary>
    public static (ContactEdit? Edit, IReadOnlyList<ProblemError> Errors) Parse(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            return (null, [new("", "A change of a contact is a JSON object with fields, identifiers, or both.")]);
        var errors = new List<ProblemError>();
        foreach (var member in body.EnumerateObject().Where(member => !Members.Contains(member.Name)))
            errors.Add(new($"/{JsonPointer.Escape(member.Name)}", $"'{member.Name}' can't be changed; a change has {string.Join(" and ", Members)}."));
        var edit = new ContactEdit(ReadFields(body, errors), ReadIdentifiers(body, errors));
        return errors.Count > 0 ? (null, errors) : (edit, []);
    }

    private static List<FieldEdit> ReadFields(JsonElement body, List<ProblemError> errors)
    {
        var fields = new List<FieldEdit>();
        if (!body.TryGetProperty("fields", out var given))
            return fields;
        if (given.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new("/fields", "fields is an object of names and values; null removes a field."));
            return fields;
        }

        foreach (var field in given.EnumerateObject())
        {
            var pointer = $"/fields/{JsonPointer.Escape(field.Name)}";
            if (ContactField.NameError(field.Name) is { } error)
                errors.Add(new(pointer, error));
            errors.AddRange(FieldValue.Errors(field.Value, pointer));
            fields.Add(new(field.Name, field.Value, pointer));
        }

        return fields;
    }

    private static List<IdentifierEdit> ReadIdentifiers(JsonElement body, List<ProblemError> errors)
    {
        var identifiers = new List<IdentifierEdit>();
        if (!body.TryGetProperty("identifiers", out var given))
            return identifiers;
        if (given.ValueKind != JsonValueKind.Array || given.GetArrayLength() > MaxIdentifiers)
        {
            errors.Add(new("/identifiers", $"identifiers is a list of at most {MaxIdentifiers} objects such as {{\"kind\": \"email\", \"value\": \"ada@example.com\"}}."));
            return identifiers;
        }

        foreach (var (item, place) in given.EnumerateArray().Select((item, place) => (item, place)))
        {
            if (ReadIdentifier(item, $"/identifiers/{place}", errors) is { } identifier)
                identifiers.Add(identifier);
        }

        return identifiers;
    }

    private static IdentifierEdit? ReadIdentifier(JsonElement item, string pointer, List<ProblemError> errors)
    {
        if (item.ValueKind != JsonValueKind.Object
            || !item.TryGetProperty("kind", out var kind) || kind.ValueKind != JsonValueKind.String
            || !item.TryGetProperty("value", out var value)
            || item.EnumerateObject().Any(member => !IdentifierMembers.Contains(member.Name)))
        {
            errors.Add(new(pointer, $"An identifier has a kind, a value (null removes the kind), and \"remove\": true if this one value is to be removed."));
            return null;
        }

        var remove = item.TryGetProperty("remove", out var removes) && removes.ValueKind == JsonValueKind.True;
        if (!remove && removes.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.False))
        {
            errors.Add(new($"{pointer}/remove", $"remove is true or false; a {removes.ValueKind} came."));
            return null;
        }

        if (value.ValueKind == JsonValueKind.Null)
            return new(kind.GetString()!, null, Remove: true, pointer);
        if (Identifier.Text(value) is { } text)
            return new(kind.GetString()!, text, remove, pointer);
        errors.Add(new($"{pointer}/value", $"A value that identifies is a text that is not blank, or a number, of up to {Identifier.MaxLength} characters; a {value.ValueKind} of {value.GetRawText().Length} characters came."));
        return null;
    }
}
