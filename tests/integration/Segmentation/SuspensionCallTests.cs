using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>What the calls say of a segment that cannot be evaluated, in the running service.</summary>
public sealed class SuspensionCallTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task A_suspended_segment_says_why_and_is_resumed_by_a_call()
    {
        await service.SwitchOnAsync("Ran");
        await service.CreateSegmentAsync("runners", """{"event":"Ran","period":"all time"}""");
        await service.CreateSegmentAsync("never", """{"not":{"event":"Ran","period":"all time"}}""");
        await service.CreateSegmentAsync("fans", """{"inSegment":"runners"}""");
        await service.SendAsync(SegmentationService.Event("Ran", new { ContactId = "ada" }));
        await service.Transitions.NextAsync(received => received.Transition.SegmentKey == "fans", "ada in fans");
        var contact = (await service.CardAsync("contactId:ada")).GetProperty("contactId").GetString();

        // Stored by hand; the service sees it with the next change of what serves.
        await ExecuteAsync("""
            update segmentation.segment_versions v set condition = '{"telepathy":1}' from segmentation.segments s where s.id = v.segment_id and s.key = 'runners'
            """);
        await service.CreateSegmentAsync("next", """{"event":"Ran","period":"today"}""");
        await service.SendAsync(SegmentationService.Event("Ran", new { ContactId = "bob" }));
        await service.CardAsync("contactId:bob");

        var suspended = await Eventually.BecomesAsync(() => service.GetAsync("/api/segments/runners"), segment => segment.GetProperty("state").GetString() == "suspended", "the suspension");
        suspended.GetProperty("suspension").GetProperty("reason").GetString().Should().StartWith("Its stored condition is not understood: ").And.Contain("telepathy");
        (await KeysAsync("/api/segments?state=suspended")).Should().Equal("runners");
        await Eventually.BecomesAsync(() => service.MembersAsync("next"), members => members.Count == 2, "the others going on");
        (await service.MembersAsync("runners")).Should().Equal(contact);
        (await FindingsAsync("runners")).Should().Contain("suspended");

        await RefusedAsync(HttpStatusCode.Conflict, await service.Api.GetAsync($"/api/contacts/{contact}/segments/runners/explain"), "The segment 'runners' is suspended");
        await RefusedAsync(HttpStatusCode.Conflict, await service.Api.GetAsync($"/api/contacts/{contact}/segments/fans/explain"), "The segment 'runners' is suspended");
        (await service.Api.GetAsync($"/api/contacts/{contact}/segments/next/explain")).StatusCode.Should().Be(HttpStatusCode.OK);
        await RefusedAsync(
            HttpStatusCode.UnprocessableEntity, await service.SendAsync("POST", "/api/segments/preview", """{"condition":{"inSegment":"fans"}}"""), "The segment 'runners' is suspended");

        await RefusedAsync(HttpStatusCode.Conflict, await service.SendAsync("POST", "/api/segments/next/resume", null), "is not suspended");
        await RefusedAsync(HttpStatusCode.Conflict, await service.SendAsync("POST", "/api/segments/runners/resume", null), "Write it anew");
        await ExecuteAsync("""
            update segmentation.segment_versions v set condition = '{"event":"Ran","period":"all time"}' from segmentation.segments s where s.id = v.segment_id and s.key = 'runners'
            """);
        (await service.SendAsync("POST", "/api/segments/runners/resume", "{}")).StatusCode.Should().Be(HttpStatusCode.OK);
        var live = await Eventually.BecomesAsync(() => service.GetAsync("/api/segments/runners"), segment => segment.GetProperty("state").GetString() == "live", "runners being live again");
        live.GetProperty("suspension").ValueKind.Should().Be(JsonValueKind.Null);
        (await service.MembersAsync("runners")).Should().HaveCount(2);
        (await service.MembersAsync("fans")).Should().HaveCount(2);
    }

    private static async Task RefusedAsync(HttpStatusCode status, HttpResponseMessage answer, string detail)
    {
        answer.StatusCode.Should().Be(status);
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString().Should().Contain(detail);
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(service.Database.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<string[]> KeysAsync(string path) =>
        [.. (await service.GetAsync(path)).GetProperty("items").EnumerateArray().Select(segment => segment.GetProperty("key").GetString()!)];

    private async Task<string[]> FindingsAsync(string key) =>
        [.. (await service.GetAsync("/api/audit")).GetProperty("items").EnumerateArray().Single(segment => segment.GetProperty("key").GetString() == key)
            .GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("kind").GetString()!)];
}
