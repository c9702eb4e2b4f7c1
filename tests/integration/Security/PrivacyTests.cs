using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using EventSegmentation.IntegrationTests.EndToEnd;
using EventSegmentation.IntegrationTests.Telemetry;
using RabbitMQ.Client;

namespace EventSegmentation.IntegrationTests.Security;

/// <summary>Nothing that a sender writes, and no key, stands in a log, a span or a metric.</summary>
public sealed class PrivacyTests
{
    /// <summary>Stands wherever a sender may write.</summary>
    private const string Mark = "zq7personal";

    private const string Condition = """{"event":"Marked","where":{"param":"zq7personal","is":"zq7personal"}}""";

    [Fact]
    public async Task Nothing_of_an_event_reaches_a_log_line_or_a_span()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var system = await TestSystem.StartAsync(collector.Settings);
        await system.SwitchOnAsync("Marked");
        await system.CreateSegmentAsync("marked", Condition);
        string[] bodies =
        [
            """{"eventTypeKey":"Marked","eventId":"zq7personal","keyValue":"zq7personal","params":{"Email":"zq7personal@example.com","zq7personal":"zq7personal","ContactId":"zq7personal"}}""",
            """{"eventTypeKey":"Marked","eventId":"zq7personal-2","params":{"Phone":"zq7personal"}}""",
            """{"eventTypeKey":"Unused","params":{"zq7personal":1}}""",
            """{"eventTypeKey":"zq7personal?","eventId":"zq7personal","occurredAt":"zq7personal"}""",
            """{"eventTypeKey":"zq7personal","params":7}""",
            """zq7personal{""",
            "[\"zq7personal\"]",
        ];

        foreach (var body in bodies)
        {
            await PostAsync(system.Intake, "/api/v3/event", body);
            await PostAsync(system.Intake, "/api/v3/events", $$"""{"events":[{{body}}]}""");
            await SubmitAsync(system.Broker, body);
        }

        var id = await Eventually.BecomesAsync(
            () => system.MembersAsync("marked"), members => members.Count > 0, "the contact with the mark");
        foreach (var address in new[]
                 {
                     $"/api/contacts?identifier=email:{Mark}@example.com", $"/api/contacts?identifier={Mark}", $"/api/contacts/{Mark}", $"/api/events/{Mark}",
                     $"/api/events?type={Mark}", $"/api/events?from={Mark}", $"/api/segments/{Mark}", $"/api/contacts/{id.First()}/segments/marked/explain?at={Mark}", $"/{Mark}",
                 })
            (await system.Api.GetAsync(address)).StatusCode.Should().NotBe(HttpStatusCode.InternalServerError, address);
        await PostAsync(system.Api, "/api/segments/preview", $$"""{"condition":{{Condition}}}""");
        await system.Api.PatchAsJsonAsync($"/api/contacts/{id.First()}", new { fields = new { name = Mark } });
        await system.Api.DeleteAsync($"/api/contacts/{id.First()}");
        using (var thief = new HttpClient { BaseAddress = system.Segmentation.Address })
        {
            thief.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Mark);
            (await thief.GetAsync($"/api/events/{Mark}")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        }

        await Eventually.BecomesAsync(() => Task.FromResult(collector.Spans.Any(span => span.Name == "GET /api/events/{eventId}")), seen => seen, "the spans of the last calls");
        await Eventually.BecomesAsync(() => Task.FromResult(collector.Holds("Refused with {Status}")), seen => seen, "the last line of the log");

        collector.Holds(Mark).Should().BeFalse("nothing of it is exported");
        string.Join('\n', system.Ingestion.Log.Concat(system.Segmentation.Log)).Should().Contain("key unknown").And.NotContain(Mark).And.NotContain(TestSystem.AdminKey);
    }

    private static async Task PostAsync(HttpClient client, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), content);
        answer.StatusCode.Should().NotBe(HttpStatusCode.InternalServerError, body);
    }

    private static async Task SubmitAsync(Uri broker, string body)
    {
        await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.BasicPublishAsync(
            Contracts.BrokerNames.SubmitExchange, "", mandatory: false, new BasicProperties { MessageId = Mark, CorrelationId = Mark, ContentType = "application/json" }, Encoding.UTF8.GetBytes(body));
    }
}
