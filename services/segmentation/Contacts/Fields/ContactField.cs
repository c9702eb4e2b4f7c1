using EventSegmentation.Evaluation;

namespace EventSegmentation.Segmentation.Contacts.Fields;

/// <summary>An additional field that contacts may have.</summary>
/// <param name="Type">One of <see cref="FieldType.All"/>.</param>
/// <param name="Identifies">True if contacts are found by it: then its value is unique over all contacts.</param>
internal sealed record ContactField(string Name, string Type, bool Identifies)
{
    /// <summary>The most characters of a name.</summary>
    public const int MaxNameLength = 100;

    /// <summary>The most additional fields of an installation.</summary>
    public const int MaxFields = 200;

    /// <summary>What is wrong with a name; null if nothing is.</summary>
    public static string? NameError(string name)
    {
        if (name.Length > MaxNameLength || string.IsNullOrWhiteSpace(name))
            return $"The name of a field has 1 to {MaxNameLength} characters and is not blank; this one has {name.Length}.";
        if (name.Any(char.IsControl))
            return "The name of a field has no control characters.";
        if (name.Contains(':', StringComparison.Ordinal))
            return "The name of a field has no colon, because contacts are asked for by name:value.";
        return ContactFieldNames.IsBuiltIn(name)
            ? $"Every contact has a field '{ContactFieldNames.BuiltIn.First(known => known.Equals(name, StringComparison.OrdinalIgnoreCase))}' already; choose another name. Taken in any casing are {string.Join(", ", ContactFieldNames.BuiltIn)}."
            : null;
    }
}
