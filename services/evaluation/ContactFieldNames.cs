using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions.Reading;

namespace EventSegmentation.Evaluation;

/// <summary>What conditions expect of the additional fields of contacts.</summary>
public static class ContactFieldNames
{
    /// <summary>The fields that every contact has. No additional field can have such a name, whatever the casing.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } = [.. Grammar.TextFields, .. Grammar.InstantFields];

    /// <summary>True if an additional field cannot have the name.</summary>
    public static bool IsBuiltIn(string name) => BuiltIn.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>True if conditions read a text as a date: <c>YYYY-MM-DD</c> or an ISO 8601 date-time.</summary>
    public static bool IsDate(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return DateText.TryParse(text, Zone.Utc, out _);
    }
}
