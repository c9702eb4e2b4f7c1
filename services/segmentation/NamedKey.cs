using System.Text.RegularExpressions;

namespace EventSegmentation.Segmentation;

/// <summary>A key as the settings give it: <c>KEY</c>, or <c>NAME:KEY</c> so that a change says who made it.</summary>
/// <param name="Name">Who holds the key; null if it has no name of its own.</param>
internal sealed partial record NamedKey(string? Name, string Key)
{
    /// <summary>The fewest characters of the key itself.</summary>
    public const int MinLength = 16;

    /// <summary>The most characters of a name.</summary>
    public const int MaxNameLength = 50;

    /// <summary>Takes an entry apart at its first colon.</summary>
    public static NamedKey Read(string entry) =>
        entry.Split(':', 2) is [var name, var key] ? new(name, key) : new(null, entry);

    /// <summary>What is wrong with an entry, without the key itself; null if nothing is.</summary>
    public static string? Error(string entry)
    {
        var (name, key) = Read(entry);
        if (name is not null && !NamePattern().IsMatch(name))
            return $"has before its first ':' what is no name: 1 to {MaxNameLength} letters, digits, '.', '-' and '_', such as crm-service:KEY";
        if (key.Length < MinLength)
            return $"is a key of fewer than {MinLength} characters; make a longer one";
        return key.Contains(':', StringComparison.Ordinal) ? "has a ':' in the key itself; make one without" : null;
    }

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,50}\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
