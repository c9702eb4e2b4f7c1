using System.Net;
using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Broker;
using RabbitMQ.Client;

namespace EventSegmentation.IntegrationTests.Ingestion;

/// <summary>What is refused is told to the event history, and what is no event is not.</summary>
public sealed class RefusalTests(TestVhost vhost) : IClassFixture<TestVhost>
{
    private const string Held = """{"eventTypeKey":""}""";

    [Fact]
    public async Task Refused_events_are_told_with_their_reasons_and_as_they_were_sent()
    {
        await using var ingestion = await RunningIngestion.ReadyAsync(vhost.Amqp);

        // No events, or nobody's: no trace.
        using var nobody = new HttpClient { BaseAddress = ingestion.Http.BaseAddress };
        using var refusedKey = await nobody.PostAsync(new Uri("/api/v3/event", UriKind.Relative), new StringContent("""{"eventTypeKey":7}""", System.Text.Encoding.UTF8, "application/json"));
        refusedKey.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await ingestion.PostAsync("/api/v3/event", "{")).Status.Should().Be(400);
        (await ingestion.PostAsync("/api/v3/events", """{"events":{}}""")).Status.Should().Be(422);

        (await ingestion.PostAsync("/api/v3/events",
            """{"events":[{"eventTypeKey":"A","eventId":"good"},{"eventTypeKey":"B","eventId":"bad","keyValue":"k","occurredAt":"2026-05-01","params":5},{"eventTypeKey":"?"}]}""")).Status.Should().Be(202);
        (await ingestion.PostAsync("/api/v3/event", """{"eventTypeKey":"C","occurredAt":"soon"}""")).Status.Should().Be(422);
        await SubmitAsync("""{"eventTypeKey":"D","params":7}""");

        var told = await RefusalsAsync(4);
        var bad = told.Single(one => one.GetProperty("eventId").GetString() == "bad");
        bad.Text("eventType").Should().Be("B");
        bad.Text("keyValue").Should().Be("k");
        bad.GetProperty("occurredAt").GetDateTimeOffset().Should().Be(new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero));
        bad.Text("source").Should().Be("http");
        bad.GetProperty("reasons")[0].Text("pointer").Should().Be("/events/1/params");
        bad.Text("body").Should().Be("""{"eventTypeKey":"B","eventId":"bad","keyValue":"k","occurredAt":"2026-05-01","params":5}""");
        told.Where(one => one.GetProperty("eventType").ValueKind == JsonValueKind.String).Select(one => (one.Text("eventType"), one.Text("source")))
            .Should().BeEquivalentTo([("B", "http"), ("C", "http"), ("D", "amqp")]);
        told.Select(one => one.Text("refusalId")).Should().OnlyHaveUniqueItems().And.NotContain("");
    }

    [Fact]
    public async Task The_sender_is_answered_whether_the_broker_takes_the_refusals_or_not()
    {
        await using var line = new CuttableProxy(vhost.Amqp);
        await using var ingestion = await RunningIngestion.ReadyAsync(vhost.At(CuttableProxy.Host, line.Port));
        (await ingestion.PostAsync("/api/v3/event", """{"eventTypeKey":"First"}""")).Status.Should().Be(202);

        line.HoldAnswers();
        for (var i = 0; i < 100; i++)
            (await ingestion.PostAsync("/api/v3/event", Held).InTimeAsync()).Status.Should().Be(422);
        line.Release();
    }

    private async Task<IReadOnlyList<JsonElement>> RefusalsAsync(int count)
    {
        await using var reader = await QueueReader.OpenAsync(vhost, BrokerNames.RefusalsQueue);
        return await reader.NextEventsAsync(count, one => one.Text("body") != Held);
    }

    private async Task SubmitAsync(string body)
    {
        await using var connection = await vhost.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.BasicPublishAsync(
            BrokerNames.SubmitExchange, routingKey: "", mandatory: true, new BasicProperties { ContentType = "application/json" }, System.Text.Encoding.UTF8.GetBytes(body));
    }
}
