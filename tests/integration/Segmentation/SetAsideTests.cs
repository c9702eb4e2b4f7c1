using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.Contracts;
using RabbitMQ.Client;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>What could not be stored lies aside with its reason, and is sent again by a call.</summary>
public sealed class SetAsideTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task A_message_that_nobody_understands_keeps_its_body_through_being_sent_again()
    {
        await using var connection = await new ConnectionFactory { Uri = service.Broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var properties = new BasicProperties { ContentType = "application/vnd.masstransit+json", MessageId = Guid.NewGuid().ToString(), Headers = new Dictionary<string, object?> { ["kept"] = "so" } };
        await channel.BasicPublishAsync(BrokerNames.ImportsQueue, "", mandatory: true, properties, "not JSON"u8.ToArray());
        var aside = (await Eventually.BecomesAsync(ListAsync, items => items.Any(IsImport), "it being aside")).Single(IsImport);
        aside.GetProperty("bytes").GetInt32().Should().Be(8);
        aside.GetProperty("messageId").GetString().Should().Be(properties.MessageId);

        (await ResendAsync($$"""{"queue":"{{BrokerNames.ImportsQueue}}"}""")).Should().Be($"{BrokerNames.ImportsQueue} 1 0");
        var again = await Eventually.BecomesAsync(async () => await channel.BasicGetAsync($"{BrokerNames.ImportsQueue}_error", autoAck: true), message => message is not null, "it coming back");
        again!.Body.ToArray().Should().Equal("not JSON"u8.ToArray());
        again.BasicProperties.Headers.Should().ContainKey("kept");
    }

    [Theory]
    [InlineData("[]", "The body is {}")]
    [InlineData("""{"queue":"amq.direct"}""", "queue is one of event-segmentation.normalized")]
    [InlineData("""{"limit":0}""", "limit is a whole number from 1 to 1000; 0 came")]
    [InlineData("""{"limit":1001}""", "limit is a whole number from 1 to 1000; 1001 came")]
    [InlineData("""{"all":true}""", "There are queue and limit")]
    public async Task A_wrong_body_is_refused_with_what_is_wrong(string body, string detail)
    {
        using var answer = await service.SendAsync("POST", "/api/set-aside/resend", body);
        answer.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString().Should().Contain(detail);
    }

    private static bool IsImport(JsonElement item) => item.GetProperty("queue").GetString() == BrokerNames.ImportsQueue;

    private async Task<JsonElement[]> ListAsync() => [.. (await service.GetAsync("/api/set-aside")).GetProperty("items").EnumerateArray()];

    /// <summary>What a call answers, as <c>queue resent left</c> of each queue.</summary>
    private async Task<string> ResendAsync(string body)
    {
        using var answer = await service.SendAsync("POST", "/api/set-aside/resend", body);
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        return string.Join(", ", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("items").EnumerateArray()
            .Select(item => $"{item.GetProperty("queue").GetString()} {item.GetProperty("resent").GetInt32()} {item.GetProperty("left").GetInt64()}"));
    }
}
