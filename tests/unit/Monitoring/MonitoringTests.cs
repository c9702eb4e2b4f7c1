using System.Text.Json;
using EventSegmentation.UnitTests.Architecture;

namespace EventSegmentation.UnitTests.Monitoring;

/// <summary>Whether dashboards and alerts are whole. That what they read is there, the integration tests know.</summary>
public sealed class MonitoringTests
{
    private static readonly string Runbook = File.ReadAllText(Path.Combine(DependencyRules.Root, "docs/runbook.md"));

    public static TheoryData<string> AlertNames => [.. MonitoringFiles.Alerts.Select(alert => alert.Name)];

    public static TheoryData<string> DashboardFiles => [.. MonitoringFiles.Dashboards.Select(file => Path.GetRelativePath(DependencyRules.Root, file))];

    [Theory]
    [MemberData(nameof(AlertNames))]
    public void An_alert_says_what_is_wrong_and_where_the_runbook_goes_on(string name)
    {
        var alert = MonitoringFiles.Alerts.Single(alert => alert.Name == name);

        PromQl.Selectors(alert.Expression).Should().NotBeEmpty();
        alert.Severity.Should().BeOneOf("page", "ticket");
        alert.Summary.Should().NotBeEmpty();
        alert.Description.Should().EndWith(".");
        alert.RunbookUrl.Should().Be($"docs/runbook.md#{name.ToLowerInvariant()}");
        Runbook.Should().Contain($"\n### {name}\n", "the address names a heading");
    }

    [Fact]
    public void The_runbook_speaks_of_no_other_alerts() =>
        Runbook.Split('\n').Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line[4..])
            .Should().BeEquivalentTo(MonitoringFiles.Alerts.Select(alert => alert.Name));

    [Theory]
    [MemberData(nameof(AlertNames))]
    public void An_alert_is_tried_with_figures(string name) =>
        File.ReadAllText(Path.Combine(DependencyRules.Root, "deploy/monitoring/rules.test.yaml")).Should().Contain($"alertname: {name}\n");

    [Theory]
    [MemberData(nameof(DashboardFiles))]
    public void A_dashboard_has_panels_that_say_what_they_show(string file)
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(DependencyRules.Root, file)));

        dashboard.RootElement.GetProperty("uid").GetString().Should().NotBeNullOrEmpty();
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToList();
        panels.Select(panel => panel.GetProperty("id").GetInt32()).Should().OnlyHaveUniqueItems();
        foreach (var panel in panels.Where(panel => panel.GetProperty("type").GetString() != "row"))
        {
            panel.GetProperty("title").GetString().Should().NotBeNullOrEmpty();
            panel.GetProperty("description").GetString().Should().NotBeNullOrEmpty(panel.GetProperty("title").GetString());
            panel.GetProperty("targets").GetArrayLength().Should().BePositive();
            panel.GetProperty("datasource").GetProperty("uid").GetString().Should().Be("prometheus", "that is the name in provisioning");
        }
    }

    [Theory]
    [InlineData("up{job=\"rabbitmq\"} == 0 or absent(up{job=\"x\"})", "up(job) up(job)")]
    [InlineData("histogram_quantile(0.99, sum by (le, cause) (rate(a_bucket{kind!=\"x\",cause=~\"a,b\"}[5m])))", "a_bucket(kind cause)")]
    [InlineData("max(a:b) > 1e3 unless sum(rate(c_total[2m] offset 1d)) > 0", "a:b() c_total()")]
    [InlineData("a / on (job) group_left (x) b", "a() b()")]
    public void Metrics_are_found_in_an_expression(string expression, string selectors) =>
        string.Join(' ', PromQl.Selectors(expression).Select(selector => $"{selector.Metric}({string.Join(' ', selector.Labels)})")).Should().Be(selectors);

    [Fact]
    public void Groupings_are_found_in_an_expression() =>
        PromQl.Groupings("sum by (le, cause) (a) / on(job) b").Should().Equal("le", "cause", "job");
}
