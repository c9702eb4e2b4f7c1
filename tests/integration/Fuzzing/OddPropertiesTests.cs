using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Broker;
using EventSegmentation.IntegrationTests.Ingestion;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>Messages whose properties no client writes and the broker takes all the same.</summary>
public sealed class OddPropertiesTests(TestVhost vhost) : IClassFixture<TestVhost>
{
    // Read as text, each of these bytes becomes a character of three.
    private static readonly byte[] NoText = [.. Enumerable.Repeat((byte)0xFF, byte.MaxValue)];

    [Fact]
    public async Task A_message_id_that_grows_when_it_is_read_does_not_block_the_queue()
    {
        await using var ingestion = await RunningIngestion.ReadyAsync(vhost.Amqp);
        await using var refused = await QueueReader.OpenAsync(vhost, BrokerNames.RefusedQueue);
        using var publisher = new KeptPublisher(vhost.Amqp);
        var properties = new AmqpBytes().Short(0x8080).ShortText("application/json").ShortText(NoText).ToArray();

        (await publisher.PublishAsync(properties, "{}"u8.ToArray())).Should().BeTrue("the broker takes it");

        var message = await refused.NextAsync();
        message.Body.Should().Be("{}");
        message.Header(BrokerNames.ProblemHeader).Should().Contain("/eventTypeKey");
        message.Properties.MessageId.Should().NotBeNullOrEmpty();
    }
}
