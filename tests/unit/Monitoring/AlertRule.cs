using System.Text.RegularExpressions;

namespace EventSegmentation.UnitTests.Monitoring;

/// <summary>An alert as it stands in the file of rules, which has each of its parts on one line.</summary>
internal sealed partial record AlertRule(string Name, string Expression, string Severity, string Summary, string Description, string RunbookUrl)
{
    /// <summary>All alerts of a file.</summary>
    public static IReadOnlyList<AlertRule> Read(string yaml) => [.. yaml.Split("- alert: ").Skip(1).Select(One)];

    private static AlertRule One(string text) => new(
        text[..text.IndexOf('\n', StringComparison.Ordinal)].Trim(),
        Part(text, "expr"),
        Severities().Match(text).Groups[1].Value,
        Part(text, "summary"),
        Part(text, "description"),
        Part(text, "runbook_url"));

    private static string Part(string text, string key) =>
        Regex.Match(text, $"^ +{key}: (.*)$", RegexOptions.Multiline).Groups[1].Value.Trim().Trim('"');

    [GeneratedRegex("severity: (\\w+)")]
    private static partial Regex Severities();
}
