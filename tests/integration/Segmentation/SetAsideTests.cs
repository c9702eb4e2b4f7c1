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

    [Fact]
    public async Task Once_its_cause_is_gone_a_batch_that_is_sent_again_lies_in_the_streams_once()
    {
        await service.SwitchOnAsync("Barred");
        await service.Database.ScalarAsync<int>("alter table public.mt_events add constraint not_yet check (data::text not like '%not yet%'); select 1");
        NormalizedEvent[] events =
        [
            SegmentationService.Event("Barred", new { externalCustomerId = "before" }),
            SegmentationService.Event("Barred", new { externalCustomerId = "barred", note = "not yet" }),
            SegmentationService.Event("Barred", new { externalCustomerId = "after" }),
        ];
        await service.SendAsync(events);
        var aside = (await Eventually.BecomesAsync(ListAsync, items => items.Any(IsLive), "the batch being aside")).Single(IsLive);
        aside.GetProperty("reason").GetString().Should().Contain("not_yet");
        (await StoredAsync(events)).Should().Equal(1, 0, 1);

        await service.Database.ScalarAsync<int>("alter table public.mt_events drop constraint not_yet; select 1");
        (await ResendAsync("{}")).Should().Contain($"{BrokerNames.NormalizedQueue} 1 0");
        await Eventually.BecomesAsync(() => StoredAsync(events), stored => stored[1] > 0, "what was barred being stored");
        await service.CardAsync("externalId:barred");
        (await StoredAsync(events)).Should().Equal(1, 1, 1);
        (await ListAsync()).Should().NotContain(item => IsLive(item));
        (await ResendAsync("{}")).Should().Contain($"{BrokerNames.NormalizedQueue} 0 0");
    }

    [Fact]
    public async Task What_the_broker_does_not_take_again_stays_aside()
    {
        await using var connection = await new ConnectionFactory { Uri = service.Broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.BasicPublishAsync(BrokerNames.RefusalsQueue, "", mandatory: true, new BasicProperties { ContentType = "application/vnd.masstransit+json" }, "not JSON"u8.ToArray());
        await Eventually.BecomesAsync(ListAsync, items => items.Any(IsRefusal), "it being aside");

        // The way back leads nowhere, so the broker returns what comes.
        await channel.QueueUnbindAsync(BrokerNames.RefusalsQueue, BrokerNames.RefusalsQueue, "");
        using (var answer = await service.SendAsync("POST", "/api/set-aside/resend", $$"""{"queue":"{{BrokerNames.RefusalsQueue}}"}"""))
            answer.IsSuccessStatusCode.Should().BeFalse();
        await channel.QueueBindAsync(BrokerNames.RefusalsQueue, BrokerNames.RefusalsQueue, "");

        await Eventually.BecomesAsync(ListAsync, items => items.Any(IsRefusal), "it being aside still");
        (await ResendAsync($$"""{"queue":"{{BrokerNames.RefusalsQueue}}"}""")).Should().Be($"{BrokerNames.RefusalsQueue} 1 0");
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

    private static bool IsRefusal(JsonElement item) => item.GetProperty("queue").GetString() == BrokerNames.RefusalsQueue;

    private static bool IsLive(JsonElement item) => item.GetProperty("queue").GetString() == BrokerNames.NormalizedQueue;

    /// <summary>How often each event lies in a stream.</summary>
    private Task<long[]> StoredAsync(NormalizedEvent[] events) => service.Database.ScalarAsync<long[]>($"""
        select array_agg((select count(*) from public.mt_events e where e.type = 'event_recorded' and e.data ->> 'EventId' = sent.id) order by place)
        from unnest(array['{string.Join("','", events.Select(one => one.EventId))}']) with ordinality as sent (id, place)
        """);

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
