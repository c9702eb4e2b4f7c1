using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.Contracts;
using Npgsql;
using RabbitMQ.Client;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>What could not be stored lies aside with its reason, and is sent again by a call: stored once the cause is gone, aside again while it is not.</summary>
public sealed class SetAsideTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task A_batch_that_could_not_be_stored_is_sent_again_once_its_cause_is_gone()
    {
        await ExecuteAsync("alter table public.mt_events add constraint no_poison check (coalesce(data ->> 'EventType', '') <> 'Poison')");
        await service.SendAsync(
            SegmentationService.Event("Fine", new { ContactId = "ada" }, id: "fine"), SegmentationService.Event("Poison", new { ContactId = "ada" }, id: "poison"));
        await service.SendAsync(SegmentationService.Event("Poison", new { ContactId = "bob" }, id: "another"));
        var listed = await Eventually.BecomesAsync(ListAsync, items => items.Length == 2, "two batches aside");
        listed.Should().AllSatisfy(item =>
        {
            item.GetProperty("queue").GetString().Should().Be(BrokerNames.NormalizedQueue);
            item.GetProperty("reason").GetString().Should().Contain("no_poison");
            item.GetProperty("since").GetString().Should().NotBeNullOrEmpty();
        });
        (await ListAsync()).Should().HaveCount(2, "to look at them takes none");
        (await StoredAsync()).Should().Be("fine");

        // The cause is there still: one goes and comes back, and no more happens by itself.
        (await ResendAsync("""{"limit":1}""")).Should().Be($"{BrokerNames.NormalizedQueue} 1 1, {BrokerNames.ImportsQueue} 0 0, {BrokerNames.RefusalsQueue} 0 0");
        await Eventually.BecomesAsync(ListAsync, items => items.Length == 2, "it being aside again");
        (await StoredAsync()).Should().Be("fine");

        await ExecuteAsync("alter table public.mt_events drop constraint no_poison");
        (await ResendAsync($$"""{"queue":"{{BrokerNames.NormalizedQueue}}"}""")).Should().Be($"{BrokerNames.NormalizedQueue} 2 0");
        await Eventually.BecomesAsync(StoredAsync, stored => stored == "another fine poison", "all being stored, each once");
        (await ListAsync()).Should().BeEmpty();
        (await ResendAsync("{}")).Should().StartWith($"{BrokerNames.NormalizedQueue} 0 0");
    }

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

    private Task<string> StoredAsync() => service.Database.ScalarAsync<string>(
        "select coalesce(string_agg(data ->> 'EventId', ' ' order by data ->> 'EventId'), '') from public.mt_events where type = 'event_recorded'");

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(service.Database.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
