using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Broker;

namespace EventSegmentation.IntegrationTests.Ingestion;

/// <summary>Requests are gathered into fewer messages, and nothing is lost, doubled or taken apart on the way.</summary>
public sealed class GatheringTests(TestVhost vhost) : IClassFixture<TestVhost>
{
    [Fact]
    public async Task Concurrent_requests_share_messages_and_each_is_answered()
    {
        const int requests = 300;
        await using var ingestion = await RunningIngestion.ReadyAsync(vhost.Amqp, "GatherWindow=00:00:00.2", "MaxBatch=100", "MaxInFlight=2");

        var answers = await Task.WhenAll(Enumerable.Range(0, requests).Select(index =>
            ingestion.PostAsync("/api/v3/event", $$"""{"eventTypeKey":"A","eventId":"single-{{index}}"}""")));

        answers.Should().OnlyContain(answer => answer.Status == 202);
        await using var published = await RunningIngestion.NormalizedAsync(vhost);
        var messages = new List<IReadOnlyList<string>>();
        while (messages.Sum(message => message.Count) < requests)
            messages.Add([.. (await published.NextAsync()).Events().Select(one => one.Text("eventId"))]);

        messages.SelectMany(ids => ids).Should().BeEquivalentTo(Enumerable.Range(0, requests).Select(index => $"single-{index}"));
        messages.Should().OnlyContain(ids => ids.Count <= 100).And.HaveCountLessThan(requests / 10);
    }

    [Fact]
    public async Task Imports_and_live_events_share_no_message_and_no_queue()
    {
        const int requests = 50;
        await using var ingestion = await RunningIngestion.ReadyAsync(vhost.Amqp, "GatherWindow=00:00:00.2");

        var answers = await Task.WhenAll(Enumerable.Range(0, requests).Select(index => ingestion.PostAsync(
            index % 2 == 0 ? "/api/v3/events" : "/api/v3/events/past", $$"""{"events":[{"eventTypeKey":"A","eventId":"{{(index % 2 == 0 ? "live" : "import")}}-{{index}}"}]}""")));

        answers.Should().OnlyContain(answer => answer.Status == 202);
        await using var live = await RunningIngestion.NormalizedAsync(vhost);
        await using var imports = await QueueReader.OpenAsync(vhost, BrokerNames.ImportsQueue);
        (await live.NextEventsAsync(requests / 2)).Should().OnlyContain(one => one.Text("eventId").StartsWith("live-") && !one.GetProperty("import").GetBoolean());
        (await imports.NextEventsAsync(requests / 2)).Should().OnlyContain(one => one.Text("eventId").StartsWith("import-") && one.GetProperty("import").GetBoolean());
    }

    [Fact]
    public async Task A_request_stays_in_one_message_and_in_its_order()
    {
        const int requests = 40;
        const int events = 30;
        await using var ingestion = await RunningIngestion.ReadyAsync(vhost.Amqp, "MaxBatch=100");

        static string Id(int request, int index) => $"batch-{request}-{index}";
        await Task.WhenAll(Enumerable.Range(0, requests).Select(request => ingestion.PostAsync("/api/v3/events",
            $$"""{"events":[{{string.Join(',', Enumerable.Range(0, events).Select(index => $$"""{"eventTypeKey":"A","eventId":"{{Id(request, index)}}"}"""))}}]}""")));

        await using var published = await RunningIngestion.NormalizedAsync(vhost);
        for (var seen = 0; seen < requests * events;)
        {
            var ids = (await published.NextAsync()).Events().Select(one => one.Text("eventId")).ToList();
            ids.Count.Should().BeLessThanOrEqualTo(100);
            foreach (var chunk in ids.Chunk(events))
                chunk.Should().Equal(Enumerable.Range(0, events).Select(index => Id(int.Parse(chunk[0].Split('-')[1], null), index)));
            seen += ids.Count;
        }
    }
}
