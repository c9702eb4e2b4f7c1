using System.Text.Json;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>The kinds of identifiers that every contact can have; any other kind is the name of an additional field.</summary>
internal static class IdentifierKind
{
    public const string ContactId = "contactId";
    public const string ExternalId = "externalId";
    public const string Email = "email";
    public const string Phone = "phone";
    public const string PushToken = "pushToken";

    /// <summary>The additional field that the parameter <c>ContactKey</c> fills.</summary>
    public const string ContactKey = "ContactKey";

    /// <summary>
    /// The most values of one kind that a contact carries, give or take what is linked at the same moment. A change of the card
    /// beyond it is refused; an event is recorded all the same, and links no further one.
    /// </summary>
    public const int MaxValues = 100;

    /// <summary>The kinds that are no additional fields, in the order of their ranks.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } = [ContactId, ExternalId, Email, Phone, PushToken];

    /// <summary>False for the name of an additional field.</summary>
    public static bool IsBuiltIn(string kind) => BuiltIn.Contains(kind);

    /// <summary>True where one contact may carry several values: aliases of its id, and one push token a device.</summary>
    public static bool HoldsMany(string kind) => kind is ContactId or PushToken;
}

/// <summary>Something that says whose an event is.</summary>
/// <param name="Kind">One of <see cref="IdentifierKind"/>, or the name of an additional field.</param>
/// <param name="Value">As it was given.</param>
internal sealed record Identifier(string Kind, string Value)
{
    /// <summary>The most characters of a value that can identify; a longer one is kept with its event only.</summary>
    public const int MaxLength = 300;

    /// <summary>What is compared: an e-mail address trimmed and ignoring case, anything else exactly.</summary>
    public IdentifierKey Key { get; } = new(Kind, Kind == IdentifierKind.Email ? Value.Trim().ToLowerInvariant() : Value);

    /// <summary>
    /// The text by which a JSON value identifies: a text that is not blank, and a number as <see cref="NumberText"/> writes it, of
    /// up to <see cref="MaxLength"/> characters. Null for anything else: null, truth values, arrays and objects.
    /// </summary>
    public static string? Text(JsonElement value)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => NumberText.Of(value.GetRawText()),
            _ => null,
        };
        return string.IsNullOrWhiteSpace(text) || IsTooLong(text) ? null : text;
    }

    /// <summary>True if a text has more than <see cref="MaxLength"/> characters, those of two units counted once.</summary>
    public static bool IsTooLong(string text) => text.Length > MaxLength && text.EnumerateRunes().Count() > MaxLength;
}

/// <summary>An identifier in the form in which it is compared and unique.</summary>
internal readonly record struct IdentifierKey(string Kind, string Key);
