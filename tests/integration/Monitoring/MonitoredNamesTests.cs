using System.Net.Http.Json;
using EventSegmentation.IntegrationTests.EndToEnd;
using EventSegmentation.IntegrationTests.Segmentation;
using EventSegmentation.IntegrationTests.Telemetry;
using EventSegmentation.UnitTests.Monitoring;

namespace EventSegmentation.IntegrationTests.Monitoring;

/// <summary>Whatever a dashboard, an alert or the autoscaling reads is really there, under that name and with those labels.</summary>
public sealed class MonitoredNamesTests
{
    // Of Prometheus itself.
    private static readonly string[] Own = ["up"];

    // Set by the collector and by Prometheus on every series.
    private static readonly string[] Everywhere = ["job", "instance", "le"];

    [Fact]
    public async Task Every_metric_that_is_watched_is_served_with_its_labels()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var system = await TestSystem.StartAsync(collector.Settings);
        await LiveAsync(system);
        var servers = await ServersAsync();

        await Eventually.BecomesAsync(
            () => Task.FromResult(Lacks.Of(Served(collector.Metrics), servers)),
            lacks => lacks.Lines.Count == 0,
            "every watched metric and label being served");
    }

    // A little of everything that is measured.
    private static async Task LiveAsync(TestSystem system)
    {
        await using var probe = await TransitionProbe.SubscribeAsync(system.Broker);
        await system.SwitchOnAsync("Watched");
        await SendAsync("an early one");
        await Eventually.BecomesAsync(() => system.Database.ScalarAsync<long>("select count(*) from segmentation.contact_states"), count => count == 1, "the first contact");
        await system.CreateSegmentAsync("watched", """{"event":"Watched","period":"last 1 second"}""");
        await SendAsync("one who leaves");
        await probe.NextAsync(received => received.Transition.Kind == "exited", "the exit");
        await system.Intake.PostAsJsonAsync("/api/v3/event", new { eventTypeKey = "", @params = new { } });

        async Task SendAsync(string contact) =>
            (await system.Intake.PostAsJsonAsync("/api/v3/event", new { eventTypeKey = "Watched", @params = new { ContactId = contact } })).EnsureSuccessStatusCode();
    }

    private static Dictionary<string, HashSet<string>> Served(IEnumerable<ExportedMetric> metrics)
    {
        var served = new Dictionary<string, HashSet<string>>();
        foreach (var metric in metrics)
        {
            foreach (var name in PrometheusNames.Of(metric))
            {
                served.TryAdd(name, []);
                served[name].UnionWith(metric.Attributes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(PrometheusNames.Label));
            }
        }

        return served;
    }

    /// <summary>What the broker of the tests serves, what PostgreSQL's exporter is known to serve, and Prometheus' own.</summary>
    private static async Task<IReadOnlySet<string>> ServersAsync()
    {
        using var client = new HttpClient();
        var broker = await client.GetStringAsync(TestEnvironment.BrokerMetrics);
        var queues = await client.GetStringAsync(new Uri($"{TestEnvironment.BrokerMetrics}/detailed?family=queue_coarse_metrics"));
        var database = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Monitoring", "postgres-exporter.txt"));
        return PrometheusText.Names(broker).Concat(PrometheusText.Names(queues))
            .Concat(database.Where(line => !line.StartsWith('#'))).Concat(Own).ToHashSet();
    }

    /// <summary>What is watched and not served.</summary>
    private sealed record Lacks(IReadOnlyList<string> Lines)
    {
        public static Lacks Of(Dictionary<string, HashSet<string>> services, IReadOnlySet<string> servers) =>
            new([.. MonitoringFiles.Expressions().SelectMany(expression => OfOne(expression, services, servers)).Distinct()]);

        public override string ToString() => string.Join("; ", Lines);

        private static IEnumerable<string> OfOne(MonitoredExpression expression, Dictionary<string, HashSet<string>> services, IReadOnlySet<string> servers)
        {
            var selectors = PromQl.Selectors(expression.Text);
            foreach (var selector in selectors)
            {
                if (services.TryGetValue(selector.Metric, out var labels))
                {
                    foreach (var label in selector.Labels.Except(labels).Except(Everywhere))
                        yield return $"{expression.Place}: {selector.Metric} without {label}";
                }
                else if (!servers.Contains(selector.Metric))
                {
                    yield return $"{expression.Place}: {selector.Metric}";
                }
            }

            // Of the servers' labels the test knows nothing.
            if (selectors.All(selector => services.ContainsKey(selector.Metric)))
            {
                foreach (var label in PromQl.Groupings(expression.Text).Except(selectors.SelectMany(selector => services[selector.Metric])).Except(Everywhere))
                    yield return $"{expression.Place}: by {label}";
            }
        }
    }
}
