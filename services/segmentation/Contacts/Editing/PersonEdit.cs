using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Contacts.Editing;

/// <summary>A contact that is merged into the one that is edited: its values are on the card too, and stay its own.</summary>
/// <param name="FieldNames">The names of its edited fields.</param>
/// <param name="Identifiers">Without its own id.</param>
internal sealed record MergedContact(string ContactId, IReadOnlySet<string> FieldNames, IReadOnlyList<Identifier> Identifiers)
{
    /// <summary>True if the identifier is one of its own, its id too.</summary>
    public bool Has(IdentifierKey key) =>
        key == new IdentifierKey(IdentifierKind.ContactId, ContactId) || Identifiers.Any(identifier => identifier.Key == key);

    /// <summary>True if it has a value of this kind, or a field of this name.</summary>
    public bool HasAny(string name) => FieldNames.Contains(name) || Identifiers.Any(identifier => identifier.Kind == name);
}

/// <summary>
/// What of a change concerns those who are merged into the contact. A merge moves nothing, so what they have can only be
/// taken from them by themselves; and what they have, the person has already. Pure.
/// </summary>
internal static class PersonEdit
{
    /// <summary>The change without what stands already on a merged contact, or what it would take from one.</summary>
    public static (ContactEdit Edit, IReadOnlyList<ProblemError> Errors) Of(ContactEdit edit, EditedContact contact, IReadOnlyList<MergedContact> merged)
    {
        if (merged.Count == 0)
            return (edit, []);
        ProblemError[] errors =
        [
            .. from field in edit.Fields
               let holder = Holder(field, contact, merged)
               where holder is not null
               select Held(field.Pointer, field.Name, holder.ContactId),
            .. from identifier in edit.Identifiers
               let holder = Holder(identifier, contact, merged)
               where holder is not null
               select Held(identifier.Pointer, identifier.Kind, holder.ContactId),
        ];
        return (new(
            [.. edit.Fields.Where(field => Identifying(field, contact) is not { } identifier || !merged.Any(one => one.Has(identifier.Key)))],
            [.. edit.Identifiers.Where(one => one.Remove || one.Value is null || !merged.Any(other => other.Has(new Identifier(one.Kind, one.Value).Key)))]), errors);
    }

    private static MergedContact? Holder(FieldEdit edit, EditedContact contact, IReadOnlyList<MergedContact> merged)
    {
        if (edit.Value.ValueKind == System.Text.Json.JsonValueKind.Null)
            return merged.FirstOrDefault(one => one.HasAny(edit.Name));
        return Identifying(edit, contact) is { } identifier && HasAnother(identifier, contact) ? merged.FirstOrDefault(one => one.Has(identifier.Key)) : null;
    }

    private static MergedContact? Holder(IdentifierEdit edit, EditedContact contact, IReadOnlyList<MergedContact> merged)
    {
        if (edit.Value is null)
            return merged.FirstOrDefault(one => one.HasAny(edit.Kind));
        var identifier = new Identifier(edit.Kind, edit.Value);
        return edit.Remove || HasAnother(identifier, contact) ? merged.FirstOrDefault(one => one.Has(identifier.Key)) : null;
    }

    // Such a value would replace the contact's own, and cannot be given to it while it is the other's.
    private static bool HasAnother(Identifier identifier, EditedContact contact) =>
        !IdentifierKind.HoldsMany(identifier.Kind) && contact.Identifiers.Any(had => had.Kind == identifier.Kind && had.Key != identifier.Key);

    private static Identifier? Identifying(FieldEdit edit, EditedContact contact) =>
        contact.Known.TryGetValue(edit.Name, out var field) && field.Identifies && Identifier.Text(edit.Value) is { } text ? new(edit.Name, text) : null;

    private static ProblemError Held(string pointer, string name, string holder) => new(
        pointer,
        $"This {name} belongs to the contact '{holder}', which is merged into this one and keeps what it has. Unmerge it first (POST /api/contacts/{holder}/unmerge), then change it there (PATCH /api/contacts/{holder}).");
}
