using System.Text.Json;
using System.Text.RegularExpressions;
using EventSegmentation.UnitTests.Architecture;

namespace EventSegmentation.UnitTests.Monitoring;

/// <summary>An expression for Prometheus, and where it stands.</summary>
internal sealed record MonitoredExpression(string Place, string Text);

/// <summary>The dashboards, alerts and autoscaling under <c>deploy/</c>.</summary>
internal static partial class MonitoringFiles
{
    public static IReadOnlyList<AlertRule> Alerts => AlertRule.Read(File.ReadAllText(Path.Combine(ProjectRoot.Path, "deploy/monitoring/rules.yaml")));

    public static IEnumerable<string> Dashboards => Directory.EnumerateFiles(Path.Combine(ProjectRoot.Path, "deploy/monitoring/grafana/dashboards"), "*.json");

    /// <summary>Every expression that asks Prometheus for something.</summary>
    public static IReadOnlyList<MonitoredExpression> Expressions() =>
    [
        .. Alerts.Select(alert => new MonitoredExpression(alert.Name, alert.Expression)),
        .. Dashboards.SelectMany(OfDashboard),
        .. Directory.EnumerateFiles(Path.Combine(ProjectRoot.Path, "deploy/kubernetes"), "*.yaml").SelectMany(OfManifest),
    ];

    private static IEnumerable<MonitoredExpression> OfDashboard(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(file));
        return [.. OfPanels(document.RootElement, Path.GetFileName(file))];
    }

    private static IEnumerable<MonitoredExpression> OfPanels(JsonElement place, string name) =>
        from panel in place.GetProperty("panels").EnumerateArray()
        where panel.TryGetProperty("targets", out _)
        from target in panel.GetProperty("targets").EnumerateArray()
        select new MonitoredExpression($"{name}: {panel.GetProperty("title").GetString()}", target.GetProperty("expr").GetString()!);

    private static IEnumerable<MonitoredExpression> OfManifest(string file) =>
        Query().Matches(File.ReadAllText(file)).Select(match => new MonitoredExpression(Path.GetFileName(file), match.Groups[1].Value));

    [GeneratedRegex("^ +query: (.*)$", RegexOptions.Multiline)]
    private static partial Regex Query();
}
