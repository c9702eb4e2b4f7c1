using System.Text.Json;
using EventSegmentation.Segmentation.Contacts.Fields;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Contacts.Editing;

/// <summary>What a change is decided from.</summary>
/// <param name="Fields">The edited fields of the contact, a JSON object.</param>
/// <param name="Identifiers">Without the contact's own id.</param>
/// <param name="Known">The registered ones of the additional fields that the change names, also as kinds of identifiers.</param>
internal sealed record EditedContact(
    string ContactId, JsonElement Fields, IReadOnlyList<Identifier> Identifiers, IReadOnlyDictionary<string, ContactField> Known);

/// <summary>An identifier that the contact gains, and where the change asked for it.</summary>
internal sealed record GainedIdentifier(Identifier Identifier, string Pointer);

/// <summary>What follows from a change.</summary>
/// <param name="Fields">All edited fields afterwards.</param>
/// <param name="Changed">Those that differ: the new value, or null.</param>
/// <param name="NewFields">Fields that nobody had named before.</param>
internal sealed record ContactChange(
    JsonElement Fields,
    JsonElement Changed,
    IReadOnlyList<ContactField> NewFields,
    IReadOnlyList<GainedIdentifier> Added,
    IReadOnlyList<Identifier> Removed)
{
    /// <summary>True if everything stands already as it was asked for.</summary>
    public bool IsNothing => Added.Count == 0 && Removed.Count == 0 && !FieldsMerge.Members(Changed).Any();

    /// <summary>The fact of it.</summary>
    public ContactEdited Fact(string by) =>
        new(by, Changed, [.. Added.Select(added => Stream(added.Identifier))], [.. Removed.Select(Stream)]);

    private static StreamIdentifier Stream(Identifier identifier) => new(identifier.Kind, identifier.Value);
}

/// <summary>Decides what a change of a card does, or why it can't be done. Pure; whose an identifier is, the store knows.</summary>
internal sealed class EditDecision
{
    private readonly EditedContact _contact;
    private readonly SortedDictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);
    private readonly List<ContactField> _newFields = [];
    private readonly List<GainedIdentifier> _identifiers;
    private readonly List<ProblemError> _errors = [];

    private EditDecision(EditedContact contact)
    {
        _contact = contact;
        _identifiers = [.. contact.Identifiers.Select(identifier => new GainedIdentifier(identifier, ""))];
        foreach (var field in FieldsMerge.Members(contact.Fields))
            _fields[field.Name] = field.Value;
    }

    /// <summary>What the change does, or what is wrong with it.</summary>
    public static (ContactChange? Change, IReadOnlyList<ProblemError> Errors) Of(ContactEdit edit, EditedContact contact)
    {
        var decision = new EditDecision(contact);
        foreach (var field in edit.Fields)
            decision.Set(field);
        foreach (var identifier in edit.Identifiers)
            decision.Set(identifier);
        return decision.Conclude();
    }

    private void Set(IdentifierEdit edit)
    {
        if (!IdentifierKind.IsBuiltIn(edit.Kind))
        {
            SetIdentifyingField(edit);
            return;
        }

        if (edit.Value is null)
            _identifiers.RemoveAll(had => had.Identifier.Kind == edit.Kind);
        else if (edit.Kind == IdentifierKind.ContactId && edit.Value == _contact.ContactId)
            KeepOwnId(edit);
        else if (edit.Remove)
            _identifiers.RemoveAll(had => had.Identifier.Key == new Identifier(edit.Kind, edit.Value).Key);
        else
            Add(new(edit.Kind, edit.Value), edit.Pointer);
    }

    private void KeepOwnId(IdentifierEdit edit)
    {
        if (edit.Remove)
            _errors.Add(new(edit.Pointer, $"'{edit.Value}' is the contact's own id, which it keeps. Aliases can be removed."));
    }

    // Such an identifier is the field's value under another name.
    private void SetIdentifyingField(IdentifierEdit edit)
    {
        if (!_contact.Known.TryGetValue(edit.Kind, out var field) || !field.Identifies)
        {
            _errors.Add(new($"{edit.Pointer}/kind", $"Contacts are not found by '{edit.Kind}'. Kinds are {string.Join(", ", IdentifierKind.BuiltIn)}, and additional fields that a matching rule names; other fields are changed under fields."));
            return;
        }

        var held = _identifiers.Find(had => had.Identifier.Kind == edit.Kind)?.Identifier.Value;
        if (edit.Remove && edit.Value is not null && edit.Value != held)
            return;
        var value = edit.Remove ? JsonElement.Parse("null") : CardFields.Typed(edit.Value!, field.Type);
        Set(new FieldEdit(edit.Kind, value, edit.Pointer));
    }

    private void Set(FieldEdit edit)
    {
        var known = _contact.Known.GetValueOrDefault(edit.Name);
        if (edit.Value.ValueKind == JsonValueKind.Null)
        {
            _fields.Remove(edit.Name);
            _identifiers.RemoveAll(had => had.Identifier.Kind == edit.Name);
            return;
        }

        var type = known?.Type ?? FieldType.Of(edit.Value)!;
        if (!FieldType.Fits(type, edit.Value))
        {
            _errors.Add(new(edit.Pointer, $"The field '{edit.Name}' has the type {type}; a {FieldType.Of(edit.Value)} came. Send a {type}, or change the type: PUT /api/contact-fields/{Uri.EscapeDataString(edit.Name)} {{\"type\": \"{FieldType.Of(edit.Value)}\"}}."));
            return;
        }

        if (known is null)
            _newFields.Add(new(edit.Name, type, Identifies: false));
        if (known is { Identifies: true })
            Identify(edit);
        else
            _fields[edit.Name] = edit.Value;
    }

    private void Identify(FieldEdit edit)
    {
        if (Identifier.Text(edit.Value) is not { } text)
        {
            _errors.Add(new(edit.Pointer, $"Contacts are found by '{edit.Name}': its value is not blank and has up to {Identifier.MaxLength} characters; {edit.Value.GetRawText().Length} came."));
            return;
        }

        // What an event has linked stands already, although nobody has edited it.
        if (!_fields.ContainsKey(edit.Name) && _identifiers.Exists(had => had.Identifier == new Identifier(edit.Name, text)))
            return;
        Add(new(edit.Name, text), edit.Pointer);
        _fields[edit.Name] = edit.Value;
    }

    private void Add(Identifier identifier, string pointer)
    {
        if (_identifiers.Exists(had => had.Identifier == identifier))
            return;
        _identifiers.RemoveAll(had => had.Identifier.Key == identifier.Key || (had.Identifier.Kind == identifier.Kind && !IdentifierKind.HoldsMany(identifier.Kind)));
        if (_identifiers.Count(had => had.Identifier.Kind == identifier.Kind) >= IdentifierKind.MaxValues)
            _errors.Add(new(pointer, $"A contact has at most {IdentifierKind.MaxValues} values of '{identifier.Kind}', which this one has. Remove some: {{\"kind\": \"{identifier.Kind}\", \"value\": …, \"remove\": true}}."));
        else
            _identifiers.Add(new(identifier, pointer));
    }

    private (ContactChange? Change, IReadOnlyList<ProblemError> Errors) Conclude()
    {
        var fields = FieldsMerge.Object(_fields);
        var size = System.Text.Encoding.UTF8.GetByteCount(fields.GetRawText());
        if (size > FieldValue.MaxBytes)
            _errors.Add(new("/fields", $"All additional fields of a contact have at most {FieldValue.MaxBytes} bytes together, as JSON; with this change they have {size}. Remove some: {{\"fields\": {{\"NAME\": null}}}}."));
        if (_errors.Count > 0)
            return (null, _errors);

        var after = _identifiers.Select(identifier => identifier.Identifier).ToHashSet();
        var before = _contact.Identifiers.ToHashSet();
        return (new(
            fields,
            Differences(),
            _newFields,
            [.. _identifiers.Where(identifier => !before.Contains(identifier.Identifier))],
            [.. _contact.Identifiers.Where(identifier => !after.Contains(identifier))]), []);
    }

    private JsonElement Differences()
    {
        var before = FieldsMerge.Members(_contact.Fields).ToDictionary(field => field.Name, field => field.Value, StringComparer.Ordinal);
        var gone = before.Keys.Where(name => !_fields.ContainsKey(name)).Select(name => KeyValuePair.Create(name, JsonElement.Parse("null")));
        var changed = _fields.Where(field => !before.TryGetValue(field.Key, out var had) || !JsonElement.DeepEquals(had, field.Value));
        return FieldsMerge.Object(changed.Concat(gone));
    }
}
