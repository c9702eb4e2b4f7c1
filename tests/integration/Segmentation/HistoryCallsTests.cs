using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.Contracts;
using static EventSegmentation.IntegrationTests.Segmentation.SegmentationService;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>The calls about the event history, and the two ways that lead into it past the live events: refusals and imports.</summary>
public sealed class HistoryCallsTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task What_ingestion_refused_is_listed_with_its_reason_and_opens()
    {
        var refusal = EventHistoryTests.Refusal("Told", "told-1", null) with { Reasons = [new("/events/3/occurredAt", "must be a date")], Body = """{"params":{"a":1}}""" };

        // It may come twice.
        await service.RefuseAsync(refusal);
        await service.RefuseAsync(refusal);
        await service.RefuseAsync(EventHistoryTests.Refusal("Told", null, null));

        var listed = await Eventually.BecomesAsync(() => ItemsAsync("/api/events?type=Told"), items => items.Count == 2, "the refused events in the history");
        var item = listed.Single(one => one.GetProperty("eventId").GetString() == "told-1");
        item.GetProperty("state").GetString().Should().Be("refused");
        item.GetProperty("reason").GetString().Should().Be("/events/3/occurredAt: must be a date");
        item.GetProperty("counts").GetBoolean().Should().BeFalse();
        item.GetProperty("params").GetProperty("a").GetInt32().Should().Be(1);
        foreach (var address in listed.Select(one => one.GetProperty("refusalId").GetString()!).Append("told-1"))
        {
            var opened = await service.GetAsync($"/api/events/{Uri.EscapeDataString(address)}");
            opened.GetProperty("source").GetString().Should().Be("http");
            opened.GetProperty("errors")[0].GetProperty("pointer").GetString().Should().EndWith("/occurredAt");
        }
    }

    [Fact]
    public async Task A_list_goes_on_by_its_cursor_and_an_event_opens_by_any_id()
    {
        await service.SwitchOnAsync("Listed");
        string[] ids = ["a/b", "c%2Fd", "ä ö", "e?f#g", "h+i"];
        await service.SendAsync([.. ids.Select((id, i) => Event("Listed", new { Email = "listed@example.com", i }, DateTimeOffset.UnixEpoch.AddDays(i), id))]);
        await Eventually.BecomesAsync(() => ItemsAsync("/api/events?type=Listed"), items => items.Count == ids.Length, "all events in the history");

        var first = await service.GetAsync("/api/events?type=Listed&limit=2");
        var second = await service.GetAsync($"/api/events?type=Listed&limit=3&cursor={first.GetProperty("next").GetString()}");

        second.GetProperty("next").ValueKind.Should().Be(JsonValueKind.Null);
        Ids(first).Concat(Ids(second)).Should().Equal(ids.Reverse());
        foreach (var id in ids)
            (await service.GetAsync($"/api/events/{Uri.EscapeDataString(id)}")).GetProperty("eventId").GetString().Should().Be(id);
        (await service.Api.GetAsync("/api/events/none-such")).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("from=2026-03-02", "r-2 r-3 r-4")]
    [InlineData("to=2026-03-02", "r-1 r-2 r-3")]
    [InlineData("from=2026-03-02&to=2026-03-02", "r-2 r-3")]
    [InlineData("to=2026-03-02T00:00:00Z", "r-1")]
    [InlineData("from=2026-03-02T12:00:00", "r-3 r-4")]
    [InlineData("from=2026-03-02T14:00:00.000001%2B02:00", "r-4")]
    [InlineData("from=2026-03-02T14:00:00+02:00", "r-3 r-4")]
    [InlineData("to=9999-12-31", "r-1 r-2 r-3 r-4")]
    public async Task A_day_that_ends_a_range_belongs_to_it_and_an_instant_does_not(string range, string expected)
    {
        await service.SendAsync(
            Event("Ranged", new { }, new(2026, 3, 1, 23, 59, 59, TimeSpan.Zero), "r-1"), Event("Ranged", new { }, new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero), "r-2"),
            Event("Ranged", new { }, new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero), "r-3"), Event("Ranged", new { }, new(2026, 3, 3, 0, 0, 0, TimeSpan.Zero), "r-4"));
        await Eventually.BecomesAsync(() => ItemsAsync("/api/events?type=Ranged"), items => items.Count == 4, "all events in the history");

        Ids(await service.GetAsync($"/api/events?type=Ranged&{range}")).Order().Should().Equal(expected.Split(' '));
    }

    [Theory]
    [InlineData("state=lost", "state", "lost")]
    [InlineData("state=", "state", "empty")]
    [InlineData("from=yesterday", "from", "yesterday")]
    [InlineData("to=2026-02-30", "to", "2026-02-30")]
    [InlineData("from=2026-03-02&to=2026-03-01", "from", "2026-03-02")]
    [InlineData("from=2026-03-02T00:00:00Z&to=2026-03-02T00:00:00Z", "from", "2026-03-02")]
    [InlineData("type=", "type", "empty")]
    [InlineData("type=A&type=B", "type", "once")]
    [InlineData("contact=", "contact", "empty")]
    [InlineData("limit=0", "limit", "1000")]
    [InlineData("cursor=bm9uZQ", "cursor", "cursor")]
    [InlineData("cursor=!", "cursor", "cursor")]
    public async Task A_filter_that_is_not_understood_is_refused_by_name(string query, string parameter, string said)
    {
        var answer = await service.Api.GetAsync($"/api/events?{query}");

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("pointer").GetString()).Should().Equal(parameter);
        problem.GetProperty("detail").GetString().Should().Contain(said);
    }

    [Fact]
    public async Task The_history_needs_a_key()
    {
        using var nobody = service.Client(key: null);
        using var reader = service.Reader();

        (await nobody.GetAsync("/api/events")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await nobody.GetAsync("/api/events/a")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await reader.GetAsync("/api/events")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Imported_events_count_whenever_they_occurred_and_say_so_in_their_transitions()
    {
        await service.SwitchOnAsync("Past");
        await service.CreateSegmentAsync("past", """{"event":"Past","period":"all time"}""");
        await service.SendAsync(Event("Past", new { ContactId = "too-early" }, DateTimeOffset.UnixEpoch, "past-live"));

        await service.ImportAsync([Event("Past", new { ContactId = "imported" }, DateTimeOffset.UnixEpoch, "past-import", import: true)]);

        var entered = await service.Transitions.NextAsync(received => received.Transition.SegmentKey == "past", "the entry");
        entered.Transition.Cause.Should().Be(TransitionCause.Import);
        entered.Transition.CauseEventId.Should().Be("past-import");
        (await CountsAsync("past-import")).Should().BeTrue();
        (await CountsAsync("past-live")).Should().BeFalse("it occurred before the switch and was not imported");
    }

    [Fact]
    public async Task A_live_event_does_not_wait_behind_thirty_thousand_imports()
    {
        const int imports = 30_000;
        await service.SwitchOnAsync("Imported", "Live");
        await service.CreateSegmentAsync("live", """{"event":"Live"}""");
        var past = Enumerable.Range(0, imports).Select(i => Event("Imported", new { ContactId = $"import-{i % 3_000}", i }, DateTimeOffset.UnixEpoch, $"import-{i}", import: true));
        await service.ImportAsync(past);

        await service.SendAsync(Event("Live", new { ContactId = "live" }));

        await service.Transitions.NextAsync(received => received.Transition.SegmentKey == "live", "the live event's entry");
        var recorded = await service.Database.ScalarAsync<long>("select count(*) from public.mt_events where data ->> 'EventType' = 'Imported' and type = 'event_recorded'");
        recorded.Should().BeLessThan(imports, "the live event's transition goes before imports that still wait");
        await Eventually.BecomesAsync(
            () => service.Database.ScalarAsync<long>("select count(*) from public.mt_events where data ->> 'EventType' = 'Imported' and type = 'event_recorded'"),
            count => count == imports, "all imports recorded", TimeSpan.FromMinutes(3));
    }

    private async Task<bool> CountsAsync(string eventId) => (await Eventually.BecomesAsync(
        async () => (await service.Api.GetAsync($"/api/events/{eventId}")) is { IsSuccessStatusCode: true } answer ? await answer.Content.ReadFromJsonAsync<JsonElement>() : default,
        found => found.ValueKind == JsonValueKind.Object, $"{eventId} in the history")).GetProperty("counts").GetBoolean();

    private async Task<List<JsonElement>> ItemsAsync(string path) => [.. (await service.GetAsync(path)).GetProperty("items").EnumerateArray()];

    private static IEnumerable<string?> Ids(JsonElement page) => page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("eventId").GetString());
}
