namespace EventSegmentation.Evaluation;

/// <summary>Finds the known word that a misspelt one was probably meant to be.</summary>
public static class Nearest
{
    // Longer words are names of another kind or not words at all; comparing them would cost and not help.
    private const int MaxLength = 100;

    /// <summary>The nearest of the known words, ignoring case; null if none is near enough to be a slip of the hand.</summary>
    /// <param name="word">What was found.</param>
    /// <param name="known">What could have been meant.</param>
    public static string? To(string word, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(word);
        ArgumentNullException.ThrowIfNull(known);
        if (word.Length > MaxLength)
            return null;
        string? nearest = null;
        var least = Math.Max(1, word.Length / 3) + 1;
        foreach (var candidate in known)
        {
            if (candidate.Length > MaxLength)
                continue;
            var distance = Distance(word, candidate);
            if (distance < least)
                (nearest, least) = (candidate, distance);
        }

        return nearest;
    }

    /// <summary>The question to put behind an error; empty if no word is near.</summary>
    internal static string Hint(string word, IEnumerable<string> known) =>
        To(word, known) is { } nearest ? $"; did you mean '{nearest}'?" : "";

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.</summary>
    private static int Distance(string a, string b)
    {
        var (beforeLast, last, row) = (new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]);
        for (var j = 0; j <= b.Length; j++)
            row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            (beforeLast, last, row) = (last, row, beforeLast);
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = Same(a[i - 1], b[j - 1]);
                row[j] = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }
        }

        return row[b.Length];
    }

    private static bool Same(char a, char b) => char.ToUpperInvariant(a) == char.ToUpperInvariant(b);
}
