using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Segments.Lists;

/// <summary>Reads whom a text names.</summary>
internal static class ListItem
{
    /// <summary>A contact id, or a kind, a colon and a value; the reason if it is neither.</summary>
    /// <param name="kinds">The kinds that there are.</param>
    public static (Identifier? Who, string Reason) Parse(string text, IReadOnlyCollection<string> kinds) => text.Split(':', 2) switch
    {
        [var kind, _] when kind.Trim() is { Length: > 0 } name && !kinds.Contains(name) => (null, ListRefusals.UnknownKind),
        [var kind, var value] => Of(kind.Trim(), value),
        [var id] => Of(IdentifierKind.ContactId, id),
        _ => (null, ListRefusals.Empty),
    };

    /// <summary>A value of a kind, exactly as it is given, for so it is compared; the reason if it cannot be one.</summary>
    public static (Identifier? Who, string Reason) Of(string kind, string value)
    {
        if (kind.Length == 0 || string.IsNullOrWhiteSpace(value))
            return (null, ListRefusals.Empty);
        if (Identifier.IsTooLong(value))
            return (null, ListRefusals.TooLong);
        return RequestBody.IsStorable(value) ? (new(kind, value), "") : (null, ListRefusals.NotText);
    }
}
