using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using EventSegmentation.Contracts;
using RabbitMQ.Client;

namespace EventSegmentation.IntegrationTests.Ingestion;

/// <summary>One trace leads from the sender's request into the published message.</summary>
public sealed class TraceTests(IngestionFixture fixture) : IClassFixture<IngestionFixture>
{
    private const string TraceHeader = "MT-Activity-Id";

    [Fact]
    public async Task A_request_and_its_message_are_one_trace()
    {
        var trace = ActivityTraceId.CreateRandom();
        await PostAsync(fixture.Ingestion, "traced-http", trace);

        (await PublishedTraceAsync("traced-http")).Should().Be(trace.ToString());
    }

    [Fact]
    public async Task A_submission_and_its_message_are_one_trace()
    {
        var trace = ActivityTraceId.CreateRandom();
        await using var connection = await fixture.Vhost.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        await channel.BasicPublishAsync(BrokerNames.SubmitExchange, "", mandatory: true, new BasicProperties
        {
            ContentType = "application/json",
            Headers = new Dictionary<string, object?> { ["traceparent"] = $"00-{trace}-{ActivitySpanId.CreateRandom()}-01" },
        }, Encoding.UTF8.GetBytes("""{"eventTypeKey":"A","eventId":"traced-amqp"}"""));

        (await PublishedTraceAsync("traced-amqp")).Should().Be(trace.ToString());
    }

    [Fact]
    public async Task A_message_of_several_requests_continues_one_trace_and_links_the_others()
    {
        var published = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "EventSegmentation.Ingestion",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = published.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var patient = await RunningIngestion.ReadyAsync(fixture.Vhost.Amqp, "GatherWindow=00:00:00.5");
        var traces = Enumerable.Range(0, 20).Select(_ => ActivityTraceId.CreateRandom()).ToArray();

        await Task.WhenAll(traces.Select((trace, index) => PostAsync(patient, $"linked-{index}", trace)));

        var known = published.Where(activity => activity.OperationName == "publish events")
            .SelectMany(activity => activity.Links.Select(link => link.Context.TraceId).Append(activity.TraceId));
        known.Should().Contain(traces);
        published.Where(activity => traces.Contains(activity.TraceId)).Should().Contain(activity => activity.Links.Any());
    }

    private static async Task PostAsync(RunningIngestion ingestion, string id, ActivityTraceId trace)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v3/event")
        {
            Content = new StringContent($$"""{"eventTypeKey":"A","eventId":"{{id}}"}""", Encoding.UTF8, "application/json"),
            Headers = { { "traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01" } },
        };
        using var answer = await ingestion.Http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    private async Task<string> PublishedTraceAsync(string eventId)
    {
        var message = await fixture.MessageAsync(message => message.Events().Any(one => one.Text("eventId") == eventId));
        return ActivityContext.Parse(message.Header(TraceHeader)!, null).TraceId.ToString();
    }
}
