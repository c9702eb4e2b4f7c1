using System.Text;
using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Broker;
using RabbitMQ.Client;

namespace EventSegmentation.IntegrationTests.Ingestion;

/// <summary>A line that breaks while submissions are in work loses none of them, and doubles none, also if nothing in them identifies them.</summary>
public sealed class RedeliveryTests(TestVhost vhost) : IClassFixture<TestVhost>
{
    [Fact]
    public async Task Submissions_in_work_when_the_line_breaks_make_the_same_events_again()
    {
        const int submissions = 50;
        await using var line = new CuttableProxy(vhost.Amqp);
        await using var ingestion = await RunningIngestion.ReadyAsync(
            vhost.At(CuttableProxy.Host, line.Port), "RetryDelay=00:00:00.1", "BreakDuration=00:00:00.5", $"Prefetch={submissions}", "MaxInFlight=64");
        (await ingestion.PostAsync("/api/v3/event", """{"eventTypeKey":"First"}""")).Status.Should().Be(202);
        await using var published = await RunningIngestion.NormalizedAsync(vhost);

        // A new connection takes one at a time until as many have gone well as may be in work.
        await SubmitAsync(submissions, type: "W");
        await published.NextEventsAsync(submissions, one => one.Text("eventType") == "W");

        // Deliveries arrive, confirms do not, and there is a place in flight for each: all submissions are published, and none is acknowledged.
        line.HoldAnswers(client: BusConnection);
        await SubmitAsync(submissions);
        var first = await IdsAsync(published, submissions);
        line.Cut();
        line.Release();
        line.Mend();
        var second = await IdsAsync(published, submissions);

        first.Should().OnlyHaveUniqueItems();
        second.Should().BeSubsetOf(first);
        await Deadline.UntilAsync("all submissions are acknowledged", async () =>
            await vhost.ManagementAsync("queues", "event-segmentation.submit.waiting") is { } queue
            && queue.TryGetProperty("messages", out var left) && left.GetInt32() == 0);
        while (published.Count > 0)
            (await IdsAsync(published, 1)).Should().BeSubsetOf(first);
    }

    private const string BusConnection = "event-segmentation-ingestion-bus";

    private static async Task<IReadOnlyList<string>> IdsAsync(QueueReader published, int count) =>
        [.. (await published.NextEventsAsync(count, one => one.Text("eventType") == "A")).Select(one => one.Text("eventId"))];

    private async Task SubmitAsync(int count, string type = "A")
    {
        await using var connection = await vhost.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        var properties = new BasicProperties { ContentType = "application/json", Persistent = true };
        for (var one = 0; one < count; one++)
            await channel.BasicPublishAsync(BrokerNames.SubmitExchange, "", mandatory: true, properties, Encoding.UTF8.GetBytes($$"""{"eventTypeKey":"{{type}}"}"""));
    }
}
