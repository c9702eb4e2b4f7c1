using System.Text.RegularExpressions;

namespace EventSegmentation.IntegrationTests.Monitoring;

/// <summary>The text in which Prometheus fetches metrics.</summary>
internal static partial class PrometheusText
{
    /// <summary>The names of what is declared in it, whether it has values now or not.</summary>
    public static IEnumerable<string> Names(string text) => Declared().Matches(text).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"^# TYPE (\S+) ", RegexOptions.Multiline)]
    private static partial Regex Declared();
}
