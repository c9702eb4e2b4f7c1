using System.Text;
using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Broker;
using EventSegmentation.IntegrationTests.EndToEnd;
using EventSegmentation.IntegrationTests.Ingestion;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>Messages whose properties no client writes and the broker takes all the same.</summary>
public sealed class OddPropertiesTests : IAsyncLifetime, IDisposable
{
    // One for each test, so that nothing of another comes in between.
    private readonly TestVhost _vhost = new();

    // Read as text, each of these bytes becomes a character of three.
    private static readonly byte[] NoText = [.. Enumerable.Repeat((byte)0xFF, byte.MaxValue)];

    public Task InitializeAsync() => _vhost.InitializeAsync();

    public Task DisposeAsync() => _vhost.DisposeAsync();

    public void Dispose() => _vhost.Dispose();

    [Fact]
    public async Task A_message_id_that_grows_when_it_is_read_does_not_block_the_queue()
    {
        await using var ingestion = await RunningIngestion.ReadyAsync(_vhost.Amqp);
        await using var refused = await QueueReader.OpenAsync(_vhost, BrokerNames.RefusedQueue);
        using var publisher = new KeptPublisher(_vhost.Amqp);
        var properties = new AmqpBytes().Short(0x8080).ShortText("application/json").ShortText(NoText).ToArray();

        (await publisher.PublishAsync(properties, "{}"u8.ToArray())).Should().BeTrue("the broker takes it");

        var message = await refused.NextAsync();
        message.Body.Should().Be("{}");
        message.Header(BrokerNames.ProblemHeader).Should().Contain("/eventTypeKey");
        message.Properties.MessageId.Should().NotBeNullOrEmpty();
    }

    [Fact]
    public async Task A_header_that_the_client_cannot_decode_is_set_aside_and_what_waits_behind_it_is_taken()
    {
        await using var ingestion = await RunningIngestion.ReadyAsync(_vhost.Amqp);
        using var publisher = new KeptPublisher(_vhost.Amqp);

        (await publisher.PublishAsync(Properties(TooSmall), Event("guilty"))).Should().BeTrue("the broker takes it");
        (await publisher.PublishAsync(Properties(header: []), Event("behind"))).Should().BeTrue();

        await using var published = await RunningIngestion.NormalizedAsync(_vhost);
        (await published.NextAsync()).Body.Should().Contain("\"behind\"");
        var aside = await TakeAsync(BrokerNames.UnreadableQueue);
        aside.Text.Should().Contain("guilty");
        aside.Has(TooSmall).Should().BeTrue("it lies there as it came");
        aside.Has("delivery_limit"u8).Should().BeTrue("the broker says why");
        (await ingestion.GetAsync("/health/ready")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Only_the_undecodable_are_set_aside_and_not_what_waits_among_them()
    {
        const int guilty = 4, innocent = 40;
        await (await RunningIngestion.ReadyAsync(_vhost.Amqp)).DisposeAsync();
        using var publisher = new KeptPublisher(_vhost.Amqp);
        for (var i = 0; i < innocent; i++)
        {
            if (i % (innocent / guilty) == 5)
                (await publisher.PublishAsync(Properties(TooSmall), Event($"guilty-{i}"))).Should().BeTrue();
            (await publisher.PublishAsync(Properties(header: []), Event($"innocent-{i}"))).Should().BeTrue();
        }

        await using var ingestion = await RunningIngestion.ReadyAsync(_vhost.Amqp);
        await using var published = await RunningIngestion.NormalizedAsync(_vhost);
        var events = 0;
        while (events < innocent)
            events += (await published.NextAsync()).Json.GetProperty("message").GetProperty("events").GetArrayLength();

        events.Should().Be(innocent);
        for (var i = 0; i < guilty; i++)
            (await TakeAsync(BrokerNames.UnreadableQueue)).Text.Should().Contain("guilty");
        using var client = await RawClient.OpenAsync(_vhost.Amqp);
        (await client.TakeAsync(BrokerNames.UnreadableQueue)).Should().BeNull();
    }

    [Theory]
    [InlineData('A', 26_000)]
    [InlineData('F', 21_500)]
    public async Task A_header_nested_as_deep_as_a_frame_holds_does_not_end_the_process(char kind, int depth)
    {
        await using var ingestion = await ServiceProcess.StartAsync("ingestion", new Dictionary<string, string>
        {
            ["Ingestion__Broker"] = _vhost.Amqp.ToString(),
            ["Ingestion__WriteKeys__0"] = RunningIngestion.Key,
        });
        using var publisher = new KeptPublisher(_vhost.Amqp);
        var (nested, around) = (new AmqpBytes(), kind == 'A' ? 5 : 6);
        for (var level = depth - 1; level >= 0; level--)
        {
            nested.Byte(kind).Long(level * around);
            if (kind == 'F' && level > 0)
                nested.ShortText("");
        }

        (await publisher.PublishAsync(Properties(new AmqpBytes().ShortText("x").Raw(nested.ToArray()).ToArray()), Event($"deep-{kind}"))).Should().BeTrue("the broker takes it");

        await Deadline.UntilAsync("it is taken, or the end of the process", async () => ingestion.HasEnded || await _vhost.ManagementAsync("queues", BrokerNames.NormalizedQueue) is not null);
        ingestion.HasEnded.Should().BeFalse();
        await using var published = await RunningIngestion.NormalizedAsync(_vhost);
        (await published.NextAsync()).Body.Should().Contain($"deep-{kind}");
    }

    // A decimal of fifty places; .NET has 28.
    private static byte[] TooSmall => new AmqpBytes().ShortText("x").Byte('D').Byte(50).Long(1).ToArray();

    private static byte[] Event(string id) => Encoding.UTF8.GetBytes($$"""{"eventTypeKey":"A","eventId":"{{id}}"}""");

    private static byte[] Properties(byte[] header) => header.Length == 0
        ? new AmqpBytes().Short(0x8000).ShortText("application/json").ToArray()
        : new AmqpBytes().Short(0xA000).ShortText("application/json").LongBytes(header).ToArray();

    private async Task<RawMessage> TakeAsync(string queue)
    {
        using var client = await RawClient.OpenAsync(_vhost.Amqp);
        return (await Eventually.BecomesAsync(() => client.TakeAsync(queue), message => message is not null, "a message being in the queue"))!;
    }
}
