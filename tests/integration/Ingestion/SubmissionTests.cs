using System.Diagnostics;
using System.Text;
using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Broker;
using MassTransit;
using RabbitMQ.Client;

namespace EventSegmentation.IntegrationTests.Ingestion;

/// <summary>Events that come over AMQP: from any language, from MassTransit, and those that are refused.</summary>
public sealed class SubmissionTests(IngestionFixture fixture) : IClassFixture<IngestionFixture>
{
    private const string Json = "application/json";

    [Fact]
    public async Task A_client_that_is_not_DotNet_submits_plain_JSON()
    {
        await SubmitWithPikaAsync("""{"eventTypeKey":"Applogin","eventId":"pika-1","keyValue":"k","params":{"contactId":"12312345612"}}""");
        await SubmitWithPikaAsync("""{"events":[{"eventTypeKey":"A","eventId":"pika-2"},{"eventTypeKey":"B","eventId":"pika-3"}]}""");

        var events = await fixture.PublishedAsync(3, one => one.Text("eventId").StartsWith("pika-", StringComparison.Ordinal));
        events.Select(one => one.Text("eventId")).Should().Equal("pika-1", "pika-2", "pika-3");
        events[0].GetProperty("params").GetRawText().Should().Be("""{"contactId":"12312345612"}""");
        events[0].GetProperty("import").GetBoolean().Should().BeFalse();
    }

    [Fact]
    public async Task A_MassTransit_sender_publishes_with_default_settings()
    {
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(fixture.Vhost.Amqp));
        await bus.StartAsync();
        try
        {
            var occurredAt = new DateTimeOffset(2026, 5, 1, 14, 30, 15, TimeSpan.FromHours(2));
            await bus.Publish(new SubmitEvents
            {
                Events =
                [
                    new SubmittedEvent { EventTypeKey = "A", EventId = "mt-1", KeyValue = "k", OccurredAt = occurredAt, Params = JsonElement.Parse("""{"email":"ada@example.com"}""") },
                    new SubmittedEvent { EventTypeKey = "B", EventId = "mt-2" },
                ],
            });
            var exchange = await bus.GetSendEndpoint(new Uri($"exchange:{BrokerNames.SubmitExchange}"));
            await exchange.Send(new SubmitEvents { Events = [new SubmittedEvent { EventTypeKey = "C", EventId = "mt-3" }] });

            var events = await fixture.PublishedAsync(3, one => one.Text("eventId").StartsWith("mt-", StringComparison.Ordinal));
            events.Select(one => one.Text("eventId")).Should().Equal("mt-1", "mt-2", "mt-3");
            events[0].GetProperty("occurredAt").GetDateTimeOffset().Should().Be(occurredAt);
            events[0].GetProperty("params").GetRawText().Should().Be("""{"email":"ada@example.com"}""");
            events[1].GetProperty("params").GetRawText().Should().Be("{}");
        }
        finally
        {
            await bus.StopAsync();
        }
    }

    [Fact]
    public async Task The_same_event_by_each_way_is_published_alike()
    {
        const string body = """{"eventTypeKey":"Same","keyValue":"k","occurredAt":"2026-05-01T12:30:15.1234567Z","params":{"contactId":"7","list":[1.50,"é"]}}""";
        await fixture.Ingestion.PostAsync("/api/v3/event", body.Insert(1, "\"eventId\":\"same-1\","));
        await SubmitWithPikaAsync(body.Insert(1, "\"eventId\":\"same-2\","));
        await SubmitAsync($$$"""{"messageId":"1","message":{"events":[{{{body.Insert(1, "\"eventId\":\"same-3\",")}}}]}}""", "application/vnd.masstransit+json");

        var events = await fixture.PublishedAsync(3, one => one.Text("eventType") == "Same");

        events.Select(one => one.Text("eventId")).Should().BeEquivalentTo("same-1", "same-2", "same-3");
        events.Select(one => (one.Text("keyValue"), one.GetProperty("occurredAt").GetRawText(), one.GetProperty("params").GetRawText())).Distinct()
            .Should().ContainSingle().Which.Should().Be(("k", "\"2026-05-01T12:30:15.123456+00:00\"", """{"contactId":"7","list":[1.50,"é"]}"""));
    }

    [Fact]
    public async Task A_message_that_comes_twice_makes_the_same_event_ids()
    {
        const string body = """{"events":[{"eventTypeKey":"Twice"},{"eventTypeKey":"Twice"}]}""";
        await SubmitAsync(body, Json, messageId: "m-1");
        await SubmitAsync(body, Json, messageId: "m-1");
        await SubmitAsync(body, Json, messageId: "m-2");
        await SubmitAsync(body, Json);
        await SubmitAsync(body, Json);

        var ids = (await fixture.PublishedAsync(10, one => one.Text("eventType") == "Twice")).Select(one => one.Text("eventId")).ToList();

        ids.Distinct().Should().HaveCount(8, "two of ten are repeats");
        ids.CountBy(id => id).Count(id => id.Value == 2).Should().Be(2);
    }

    [Theory]
    [InlineData("{", Json, "", "the body is not JSON at line 1, byte 2")]
    [InlineData("[]", Json, "", "must be an object; an array came")]
    [InlineData("{\"events\":[]}", Json, "/events", "may hold 1 to 500 events; 0 came")]
    [InlineData("{}", Json, "/eventTypeKey", "is missing; give the event type, 1 to 100 characters")]
    [InlineData("{\"eventTypeKey\":\"A\"}", "text/plain", "", "the content type must be application/json or application/vnd.masstransit+json, in UTF-8")]
    [InlineData("{\"eventTypeKey\":\"A\"}", null, "", "the content type must be application/json or application/vnd.masstransit+json, in UTF-8")]
    [InlineData("{\"eventTypeKey\":\"A\"}", "application/json; charset=latin1", "", "the content type must be application/json or application/vnd.masstransit+json, in UTF-8")]
    [InlineData("{\"messageId\":\"1\"}", "application/vnd.masstransit+json", "/message", "is missing in the MassTransit envelope")]
    public async Task What_cannot_be_accepted_is_kept_as_it_is_with_the_reason(string body, string? contentType, string where, string detail)
    {
        await using var refusals = await QueueReader.OpenAsync(fixture.Vhost, BrokerNames.RefusedQueue);
        await SubmitAsync(body, contentType, messageId: "refused-1");

        var refused = await refusals.NextAsync();

        refused.Body.Should().Be(body);
        refused.Properties.ContentType.Should().Be(contentType);
        refused.Properties.MessageId.Should().Be("refused-1");
        refused.Properties.Persistent.Should().BeTrue();
        Errors(refused).Should().Equal((where, detail));
        await UntilTakenAsync();
    }

    [Fact]
    public async Task If_only_some_events_are_refused_they_are_kept_alone_and_the_others_published()
    {
        await using var refusals = await QueueReader.OpenAsync(fixture.Vhost, BrokerNames.RefusedQueue);
        await SubmitAsync(
            """{"messageId":"1","message":{"events":[{"eventTypeKey":"A","eventId":"part-1"},{"eventTypeKey":"A,","params":{"b":1}},{"eventTypeKey":"A","eventId":"part-2"},7]}}""",
            "application/vnd.masstransit+json", messageId: "part");

        (await fixture.PublishedAsync(2, one => one.Text("eventId").StartsWith("part-", StringComparison.Ordinal)))
            .Select(one => one.Text("eventId")).Should().Equal("part-1", "part-2");
        var (first, second) = (await refusals.NextAsync(), await refusals.NextAsync());
        first.Body.Should().Be("""{"eventTypeKey":"A,","params":{"b":1}}""");
        first.Properties.ContentType.Should().Be(Json);
        Errors(first).Should().ContainSingle().Which.Pointer.Should().Be("/eventTypeKey");
        second.Body.Should().Be("7");
        Errors(second).Should().Equal(("", "an event must be an object; a number came"));
        await UntilTakenAsync();
    }

    [Fact]
    public async Task The_reasons_of_a_large_batch_fit_into_the_header()
    {
        await using var refusals = await QueueReader.OpenAsync(fixture.Vhost, BrokerNames.RefusedQueue);
        var bad = JsonSerializer.Serialize(new { eventTypeKey = new string('<', 100), keyValue = 1, eventId = 1, occurredAt = new string('x', 64) });
        await SubmitAsync($$"""{"events":[{{string.Join(',', Enumerable.Repeat(bad, 500))}}]}""", Json);

        var refused = await refusals.NextAsync();

        Errors(refused).Should().HaveCount(50);
        JsonElement.Parse(refused.Header(BrokerNames.ProblemHeader)!).Text("detail").Should().StartWith("Refused for 2000 reasons");
    }

    private static IReadOnlyList<(string Pointer, string Detail)> Errors(ReadMessage refused) =>
        [.. JsonElement.Parse(refused.Header(BrokerNames.ProblemHeader)!).GetProperty("errors").EnumerateArray()
            .Select(error => (error.Text("pointer"), error.Text("detail")))];

    private async Task SubmitAsync(string body, string? contentType, string? messageId = null)
    {
        await using var connection = await fixture.Vhost.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        var properties = new BasicProperties { ContentType = contentType, MessageId = messageId, Persistent = true };
        await channel.BasicPublishAsync(BrokerNames.SubmitExchange, "", mandatory: true, properties, Encoding.UTF8.GetBytes(body));
    }

    /// <summary>Nothing is left in the queue of submissions: neither waiting nor going round in circles.</summary>
    private Task UntilTakenAsync() => Deadline.UntilAsync("submissions are taken", async () =>
        await fixture.Vhost.ManagementAsync("queues", "event-segmentation.submit.waiting") is { } queue
        && queue.TryGetProperty("messages", out var messages) && messages.GetInt32() == 0);

    // The system's Python: Debian's python3-pika belongs to it.
    private async Task SubmitWithPikaAsync(string body)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Ingestion", "submit.py");
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", [script, fixture.Vhost.Amqp.ToString(), body]) { RedirectStandardError = true })!;
        var errors = await python.StandardError.ReadToEndAsync().InTimeAsync();
        await python.WaitForExitAsync();

        python.ExitCode.Should().Be(0, "pika (apt-get install python3-pika) said: {0}", errors);
    }
}
