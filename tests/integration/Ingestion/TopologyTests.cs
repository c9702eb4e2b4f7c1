using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Broker;
using MassTransit;

namespace EventSegmentation.IntegrationTests.Ingestion;

/// <summary>What ingestion declares fits to what its reader declares, whichever is first.</summary>
public sealed class TopologyTests(TestVhost vhost) : IClassFixture<TestVhost>
{
    [Fact]
    public async Task Events_that_nobody_reads_yet_are_kept_and_a_reader_that_comes_later_has_each_once()
    {
        await using var ingestion = await RunningIngestion.ReadyAsync(vhost.Amqp);
        await PostAsync(ingestion, "early");
        var queue = await vhost.ManagementAsync("queues", BrokerNames.NormalizedQueue);
        queue!.Value.GetProperty("durable").GetBoolean().Should().BeTrue();
        queue.Value.GetProperty("arguments").GetRawText().Should().Be("""{"x-queue-type":"quorum"}""");

        var received = System.Threading.Channels.Channel.CreateUnbounded<string>();
        var reader = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(vhost.Amqp);
            rabbit.ReceiveEndpoint(BrokerNames.NormalizedQueue, endpoint =>
            {
                endpoint.SetQuorumQueue();
                endpoint.Handler<EventsNormalized>(async context => await received.Writer.WriteAsync(context.Message.Events.Single().EventId));
            });
        });
        await reader.StartAsync();
        try
        {
            await PostAsync(ingestion, "late");
            await PostAsync(ingestion, "last");

            // Both bindings lead into one queue; a second copy of an event would come before the last one.
            var ids = new List<string>();
            while (!ids.Contains("early") || !ids.Contains("late") || !ids.Contains("last"))
                ids.Add(await received.Reader.ReadAsync().AsTask().InTimeAsync());
            ids.Should().BeEquivalentTo("early", "late", "last");
        }
        finally
        {
            await reader.StopAsync();
        }
    }

    private static async Task PostAsync(RunningIngestion ingestion, string id) =>
        (await ingestion.PostAsync("/api/v3/event", $$"""{"eventTypeKey":"A","eventId":"{{id}}"}""")).Status.Should().Be(202);
}
