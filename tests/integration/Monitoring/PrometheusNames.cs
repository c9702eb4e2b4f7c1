using System.Text.RegularExpressions;
using EventSegmentation.IntegrationTests.Telemetry;

namespace EventSegmentation.IntegrationTests.Monitoring;

/// <summary>
/// What a metric is called in Prometheus, by the rules of the OpenTelemetry collector's exporter with suffixes: what is no
/// letter or digit parts words, the unit is appended unless it is a remark in braces, a counter ends in <c>total</c>.
/// </summary>
internal static partial class PrometheusNames
{
    private static readonly Dictionary<string, string> Units = new()
    {
        ["s"] = "seconds",
        ["ms"] = "milliseconds",
        ["By"] = "bytes",
        ["%"] = "percent",
    };

    /// <summary>The names of the series of a metric: one, or three of a histogram.</summary>
    public static IEnumerable<string> Of(ExportedMetric metric)
    {
        var words = Words().Matches(metric.Name).Select(match => match.Value).ToList();
        if (Units.TryGetValue(metric.Unit, out var unit) && !words.Contains(unit))
            words.Add(unit);
        if (metric.Kind == ExportedKind.Counter)
        {
            words.RemoveAll(word => word == "total");
            words.Add("total");
        }
        else if (metric is { Kind: ExportedKind.Gauge, Unit: "1" })
        {
            words.Add("ratio");
        }

        var name = string.Join('_', words);
        return metric.Kind == ExportedKind.Histogram ? [$"{name}_bucket", $"{name}_sum", $"{name}_count"] : [name];
    }

    /// <summary>The label that an attribute becomes.</summary>
    public static string Label(string attribute) => NoWord().Replace(attribute, "_");

    [GeneratedRegex("[a-zA-Z0-9]+")]
    private static partial Regex Words();

    [GeneratedRegex("[^a-zA-Z0-9_]")]
    private static partial Regex NoWord();
}
