using System.Text.RegularExpressions;

namespace EventSegmentation.UnitTests.Monitoring;

/// <summary>A metric as an expression names it, with the labels that it is filtered by.</summary>
internal sealed record Selector(string Metric, IReadOnlyList<string> Labels);

/// <summary>What an expression for Prometheus names. Just enough of its grammar for that; promtool checks the rest.</summary>
internal static partial class PromQl
{
    private static readonly HashSet<string> Words = ["and", "or", "unless", "bool", "offset", "inf", "nan"];

    /// <summary>The metrics that an expression reads, each as often as it stands there.</summary>
    public static IReadOnlyList<Selector> Selectors(string expression) =>
    [
        .. Metric().Matches(Range().Replace(Grouping().Replace(expression, " "), " "))
            .Where(match => !Words.Contains(match.Groups["name"].Value.ToLowerInvariant()))
            .Select(match => new Selector(match.Groups["name"].Value, [.. Label().Matches(match.Groups["matchers"].Value).Select(label => label.Groups[1].Value)])),
    ];

    /// <summary>The labels by which it sums up or joins.</summary>
    public static IReadOnlyList<string> Groupings(string expression) =>
        [.. Grouping().Matches(expression).SelectMany(match => match.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    [GeneratedRegex("""\b(by|without|on|ignoring|group_left|group_right)\s*\((?<labels>[^)]*)\)""")]
    private static partial Regex Grouping();

    [GeneratedRegex("""\[[^\]]*\]|\boffset\s+\S+""")]
    private static partial Regex Range();

    [GeneratedRegex("""(?<![\w.:])(?<name>(?>[a-zA-Z_:][a-zA-Z0-9_:]*))(?!\s*\()(\s*\{(?<matchers>[^}]*)\})?""")]
    private static partial Regex Metric();

    [GeneratedRegex(""""([a-zA-Z_][a-zA-Z0-9_]*)\s*(?:=~|!~|!=|=)\s*"(?:[^"\\]|\\.)*" *(?:,|$)"""")]
    private static partial Regex Label();
}
