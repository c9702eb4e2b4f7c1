using System.Net.Http.Json;
using EventSegmentation.IntegrationTests.EndToEnd;
using EventSegmentation.IntegrationTests.Segmentation;

namespace EventSegmentation.IntegrationTests.Telemetry;

public sealed class TelemetryTests
{
    private static readonly string[] Expected =
    [
        "event_segmentation.ingestion.events.accepted",
        "event_segmentation.events.appended",
        "event_segmentation.events.duplicate",
        "event_segmentation.events.unassigned",
        "event_segmentation.queue.messages",
        "event_segmentation.projection.lag",
        "event_segmentation.transitions",
        "event_segmentation.exit.lateness",
        "event_segmentation.build.contacts",
    ];

    [Fact]
    public async Task One_trace_leads_from_the_request_to_the_published_transition()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var system = await TestSystem.StartAsync(collector.Settings);
        await using var probe = await TransitionProbe.SubscribeAsync(system.Broker);
        await system.SwitchOnAsync("Traced");
        await system.Intake.PostAsJsonAsync("/api/v3/event", new { eventTypeKey = "Traced", @params = new { ContactId = "before the segment" } });
        await Eventually.BecomesAsync(() => system.Database.ScalarAsync<long>("select count(*) from segmentation.contact_states"), count => count == 1, "the first contact");
        await system.CreateSegmentAsync("traced", """{"event":"Traced","period":"last 2 seconds"}""");

        (await system.Intake.PostAsJsonAsync("/api/v3/event", new { eventTypeKey = "Traced", @params = new { ContactId = "traced" } })).EnsureSuccessStatusCode();

        await probe.NextAsync(received => received.Transition.Kind == "exited", "the exit");
        var published = await Eventually.BecomesAsync(
            () => Task.FromResult(collector.Spans.LastOrDefault(span => span.Name == "publish transition")), span => span is not null, "the export of the last span");
        var trace = (await Eventually.BecomesAsync(
            () => Task.FromResult(Path.Of(collector.Spans, published!)), path => path.Spans[^1].Name == "POST /api/v3/event", "the path back to the request")).Spans;

        trace.Select(span => span.Name).Should().ContainInOrder("publish transition", "project events", "append events", "publish events", "POST /api/v3/event");
        trace.Select(span => span.Service).Distinct().Should().Equal("event-segmentation-segmentation", "event-segmentation-ingestion");
        trace.Should().OnlyContain(span => span.TraceId == published!.TraceId);
        await Eventually.BecomesAsync(() => Task.FromResult(Expected.Except(collector.Metrics.Select(metric => metric.Name)).ToArray()), missing => missing.Length == 0, "all metrics exported");
        await Eventually.BecomesAsync(() => Task.FromResult(collector.LogExports), count => count > 0, "logs exported");
    }

    private sealed record Path(List<ExportedSpan> Spans)
    {
        /// <summary>A span and its parents, as far as they have been exported.</summary>
        public static Path Of(IReadOnlyList<ExportedSpan> spans, ExportedSpan last)
        {
            var path = new Path([last]);
            while (spans.FirstOrDefault(span => span.SpanId == path.Spans[^1].ParentId) is { } parent)
                path.Spans.Add(parent);
            return path;
        }

        public override string ToString() => string.Join(" <- ", Spans.Select(span => $"{span.Service}: {span.Name}"));
    }
}
