namespace EventSegmentation.Sample.Check;

/// <summary>One thing that was checked.</summary>
/// <param name="IsGood">Whether it is as it should be.</param>
/// <param name="Text">What was checked, with its figures.</param>
/// <param name="Detail">What is wrong; null if nothing is.</param>
internal sealed record Finding(bool IsGood, string Text, string? Detail = null)
{
    /// <summary>The most examples that a detail names.</summary>
    public const int MaxExamples = 5;

    /// <summary>Good if there is nothing to complain about.</summary>
    public static Finding Of(string text, IReadOnlyCollection<string> complaints) =>
        new(complaints.Count == 0, text, complaints.Count == 0 ? null : Examples(complaints));

    /// <summary>The first of them, and how many more there are.</summary>
    public static string Examples(IReadOnlyCollection<string> all) =>
        string.Join(", ", all.Take(MaxExamples)) + (all.Count > MaxExamples ? $" and {all.Count - MaxExamples} more" : "");
}
