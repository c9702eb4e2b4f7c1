using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Broker;

namespace EventSegmentation.IntegrationTests.Ingestion;

/// <summary>Never 202 before the broker has it; 503 while it is away; recovery without a restart.</summary>
public sealed class BrokerOutageTests(TestVhost vhost) : IClassFixture<TestVhost>
{
    private static readonly string[] Impatient = ["ConfirmTimeout=00:00:01", "BreakDuration=00:00:00.5", "RetryDelay=00:00:00.2"];

    [Fact]
    public async Task The_answer_waits_for_the_confirm()
    {
        await using var line = new CuttableProxy(vhost.Amqp);
        await using var ingestion = await RunningIngestion.ReadyAsync(vhost.At(CuttableProxy.Host, line.Port));
        (await PostAsync(ingestion, "before")).Status.Should().Be(202);
        await using var published = await RunningIngestion.NormalizedAsync(vhost);

        line.HoldAnswers();
        var answer = PostAsync(ingestion, "held");

        // The event lies in the broker, and only the confirm is missing.
        await published.NextEventsAsync(1, one => one.Text("eventId") == "held");
        answer.IsCompleted.Should().BeFalse();

        line.Release();
        (await answer.InTimeAsync()).Status.Should().Be(202);
    }

    [Fact]
    public async Task Without_a_confirm_in_time_the_answer_is_503()
    {
        await using var line = new CuttableProxy(vhost.Amqp);
        await using var ingestion = await RunningIngestion.ReadyAsync(vhost.At(CuttableProxy.Host, line.Port), Impatient);
        (await PostAsync(ingestion, "before")).Status.Should().Be(202);

        line.HoldAnswers();
        var answer = await PostAsync(ingestion, "never confirmed").InTimeAsync();

        answer.Should().BeEquivalentTo(new { Status = 503, ContentType = "application/problem+json" });
        answer.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
        line.Release();
        await UntilAcceptedAsync(ingestion, "after");
    }

    [Fact]
    public async Task A_bus_that_is_connected_and_gets_no_confirms_gives_way_to_one_that_does()
    {
        await using var line = new CuttableProxy(vhost.Amqp);
        await using var ingestion = await RunningIngestion.ReadyAsync(vhost.At(CuttableProxy.Host, line.Port), Impatient);
        (await PostAsync(ingestion, "before")).Status.Should().Be(202);

        line.HoldAnswers("event-segmentation-ingestion-bus", onlyOpen: true);
        (await PostAsync(ingestion, "never confirmed").InTimeAsync()).Status.Should().Be(503);
        var health = await ingestion.GetAsync("/health/ready");
        health.Status.Should().Be(503);
        health.Text.Should().Contain("the broker did not confirm the last message");

        // Nobody has to try for that.
        await ingestion.UntilReadyAsync();
        await UntilAcceptedAsync(ingestion, "after");
    }

    [Fact]
    public async Task A_broker_that_goes_away_is_503_and_one_that_comes_back_is_202_again()
    {
        await using var line = new CuttableProxy(vhost.Amqp);
        await using var ingestion = await RunningIngestion.ReadyAsync(vhost.At(CuttableProxy.Host, line.Port), Impatient);
        (await PostAsync(ingestion, "before the cut")).Status.Should().Be(202);

        line.Cut();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var answer = await PostAsync(ingestion, $"away-{attempt}").InTimeAsync();
            answer.Status.Should().Be(503);
            answer.Headers.RetryAfter.Should().NotBeNull();
        }

        await Deadline.UntilAsync("readiness says so", async () => await ingestion.GetAsync("/health/ready") is { Status: 503 } health
            && health.Json.GetProperty("reasons").GetRawText().Contains("no submissions are taken", StringComparison.Ordinal));
        (await ingestion.GetAsync("/health/live")).Status.Should().Be(200);

        line.Mend();
        await UntilAcceptedAsync(ingestion, "after the cut");
        await ingestion.UntilReadyAsync();
        await using var published = await RunningIngestion.NormalizedAsync(vhost);
        await published.NextEventsAsync(1, one => one.Text("eventId") == "before the cut");
        await published.NextEventsAsync(1, one => one.Text("eventId") == "after the cut");
    }

    [Fact]
    public async Task It_starts_without_the_broker_and_waits_for_it()
    {
        await using var line = new CuttableProxy(vhost.Amqp);
        line.Cut();
        await using var ingestion = await RunningIngestion.StartAsync(vhost.At(CuttableProxy.Host, line.Port), Impatient);

        (await ingestion.GetAsync("/health/ready")).Status.Should().Be(503);
        (await PostAsync(ingestion, "away").InTimeAsync()).Status.Should().Be(503);

        line.Mend();
        await ingestion.UntilReadyAsync();
        await UntilAcceptedAsync(ingestion, "after");
    }

    [Fact]
    public async Task More_events_than_may_wait_are_503_and_not_taken()
    {
        await using var line = new CuttableProxy(vhost.Amqp);
        await using var ingestion = await RunningIngestion.ReadyAsync(
            vhost.At(CuttableProxy.Host, line.Port), "MaxWaitingEvents=500", "ConfirmTimeout=00:00:30");
        (await PostAsync(ingestion, "before")).Status.Should().Be(202);
        await using var published = await RunningIngestion.NormalizedAsync(vhost);

        line.HoldAnswers();
        var waiting = ingestion.PostAsync("/api/v3/events", $$"""{"events":[{{string.Join(',', Enumerable.Repeat("""{"eventTypeKey":"Many"}""", 500))}}]}""");
        await published.NextEventsAsync(500, one => one.Text("eventType") == "Many");
        var answer = await PostAsync(ingestion, "too many");

        answer.Status.Should().Be(503);
        answer.Json.Text("detail").Should().StartWith("Too many events wait");
        line.Release();
        (await waiting.InTimeAsync()).Status.Should().Be(202);
        await UntilAcceptedAsync(ingestion, "there is room");
        var next = await published.NextEventsAsync(1, one => one.Text("eventId") is "too many" or "there is room");
        next[0].Text("eventId").Should().Be("there is room");
    }

    private static Task<Answer> PostAsync(RunningIngestion ingestion, string id) =>
        ingestion.PostAsync("/api/v3/event", $$"""{"eventTypeKey":"A","eventId":"{{id}}"}""");

    private static Task UntilAcceptedAsync(RunningIngestion ingestion, string id) =>
        Deadline.UntilAsync("events are accepted", async () => (await PostAsync(ingestion, id)).Status == 202);
}
