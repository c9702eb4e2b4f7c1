using System.Text.Json;
using EventSegmentation.Evaluation;

namespace EventSegmentation.Segmentation.Contacts.Fields;

/// <summary>The types of additional fields.</summary>
internal static class FieldType
{
    public const string Text = "text";
    public const string Number = "number";

    /// <summary>A text that conditions read as a date: <c>YYYY-MM-DD</c> or an ISO 8601 date-time.</summary>
    public const string Date = "date";

    public const string Boolean = "boolean";
    public const string List = "list";
    public const string Object = "object";

    public static readonly IReadOnlyList<string> All = [Text, Number, Date, Boolean, List, Object];

    /// <summary>The types whose values can identify a contact.</summary>
    public static bool CanIdentify(string type) => type is Text or Number;

    /// <summary>The type of a field whose first value this is; null for JSON null.</summary>
    public static string? Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => ContactFieldNames.IsDate(value.GetString()!) ? Date : Text,
        JsonValueKind.Number => Number,
        JsonValueKind.True or JsonValueKind.False => Boolean,
        JsonValueKind.Array => List,
        JsonValueKind.Object => Object,
        _ => null,
    };

    /// <summary>True if a field of the type can hold the value. A date is a text too.</summary>
    public static bool Fits(string type, JsonElement value) => Of(value) is { } found && (found == type || (type == Text && found == Date));
}
