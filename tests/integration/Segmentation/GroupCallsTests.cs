using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Npgsql;
using static EventSegmentation.IntegrationTests.Segmentation.SegmentationService;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>Exclusive groups and builds over HTTP.</summary>
public sealed class GroupCallsTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task A_contact_is_in_the_first_segment_of_its_group_and_moves_with_the_order()
    {
        await service.SwitchOnAsync("Bought", "Visited");
        await service.SendAsync(Event("Bought", new { ContactId = "both" }), Event("Visited", new { ContactId = "both" }));
        await service.CardAsync("contactId:both");
        await service.CreateSegmentAsync("buyers", """{"event":"Bought","period":"all time"}""");
        await service.CreateSegmentAsync("visitors", """{"event":"Visited","period":"all time"}""");
        (await service.MembersAsync("visitors")).Should().HaveCount(1);

        var made = await service.SendAsync("PUT", "/api/segment-groups/stages", """{"segments":["buyers","visitors"]}""");

        made.StatusCode.Should().Be(HttpStatusCode.OK);
        await OrderAsync("stages", "buyers", "visitors");
        (await service.MembersAsync("buyers")).Should().HaveCount(1);
        (await service.MembersAsync("visitors")).Should().BeEmpty();
        (await service.GetAsync("/api/segments/visitors")).GetProperty("group").GetString().Should().Be("stages");

        var tag = (await service.Api.GetAsync("/api/segment-groups/stages")).Headers.ETag!.Tag;
        (await service.SendAsync("PUT", "/api/segment-groups/stages", """{"segments":["visitors","buyers"]}""", tag)).StatusCode.Should().Be(HttpStatusCode.OK);
        (await service.SendAsync("PUT", "/api/segment-groups/stages", """{"segments":["buyers"]}""", tag)).StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        await OrderAsync("stages", "visitors", "buyers");
        (await service.MembersAsync("buyers")).Should().BeEmpty();
        (await service.MembersAsync("visitors")).Should().HaveCount(1);

        (await service.SendAsync("DELETE", "/api/segment-groups/stages", null)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        await Eventually.BecomesAsync(
            async () => (await service.Api.GetAsync("/api/segment-groups/stages")).StatusCode, status => status == HttpStatusCode.NotFound, "the group having ended");
        (await service.MembersAsync("buyers")).Should().HaveCount(1);
        (await service.GetAsync("/api/segments/buyers")).GetProperty("group").ValueKind.Should().Be(JsonValueKind.Null);
    }

    [Fact]
    public async Task What_a_group_is_already_needs_no_build()
    {
        await service.CreateSegmentAsync("once", """{"event":"A"}""");
        (await service.SendAsync("PUT", "/api/segment-groups/same", """{"segments":["once"]}""")).EnsureSuccessStatusCode();
        await OrderAsync("same", "once");
        var builds = (await service.GetAsync("/api/builds?limit=1")).GetProperty("items")[0].GetProperty("id").GetInt64();

        var answer = await service.SendAsync("PUT", "/api/segment-groups/same", """{"key":"same","segments":["once"]}""");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        (await service.GetAsync("/api/builds?limit=1")).GetProperty("items")[0].GetProperty("id").GetInt64().Should().Be(builds);
        (await service.GetAsync("/api/segment-groups?limit=1000")).GetProperty("items").EnumerateArray().Select(group => group.GetProperty("key").GetString()).Should().Contain("same");
    }

    [Theory]
    [InlineData("PUT", "/api/segment-groups/Wrong", """{"segments":["a"]}""", HttpStatusCode.UnprocessableEntity, "/key")]
    [InlineData("PUT", "/api/segment-groups/g", """{"segments":[]}""", HttpStatusCode.UnprocessableEntity, "/segments")]
    [InlineData("PUT", "/api/segment-groups/g", """{"segments":["there-is-none"]}""", HttpStatusCode.UnprocessableEntity, "/segments/0")]
    [InlineData("PUT", "/api/segment-groups/g", """{"segments":["a","a"]}""", HttpStatusCode.UnprocessableEntity, "/segments/1")]
    [InlineData("PUT", "/api/segment-groups/g", """{"key":"h","segments":["a"]}""", HttpStatusCode.UnprocessableEntity, "/key")]
    [InlineData("PUT", "/api/segment-groups/g", """{"segments":["a"],"silent":1}""", HttpStatusCode.UnprocessableEntity, "/silent")]
    [InlineData("GET", "/api/segment-groups/none", null, HttpStatusCode.NotFound, null)]
    [InlineData("DELETE", "/api/segment-groups/none", null, HttpStatusCode.NotFound, null)]
    public async Task A_mistake_of_the_caller_is_a_problem_that_says_so(string method, string path, string? body, HttpStatusCode expected, string? place)
    {
        var answer = await service.SendAsync(method, path, body);

        answer.StatusCode.Should().Be(expected);
        if (place is not null)
            (await JsonAsync(answer)).GetProperty("errors")[0].GetProperty("pointer").GetString().Should().Be(place);
    }

    [Fact]
    public async Task A_segment_stands_in_one_group_and_a_draft_in_none()
    {
        await service.CreateSegmentAsync("torn", """{"event":"A"}""");
        (await service.SendAsync("POST", "/api/segments", """{"key":"only-a-draft","name":"D","draft":true,"condition":{"event":"B"}}""")).EnsureSuccessStatusCode();
        (await service.SendAsync("PUT", "/api/segment-groups/first-home", """{"segments":["torn"]}""")).EnsureSuccessStatusCode();

        var second = await service.SendAsync("PUT", "/api/segment-groups/second-home", """{"segments":["torn"]}""");
        var draft = await service.SendAsync("PUT", "/api/segment-groups/third-home", """{"segments":["only-a-draft"]}""");

        second.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await JsonAsync(second)).GetProperty("detail").GetString().Should().Contain("first-home").And.Contain("second-home");
        draft.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await JsonAsync(draft)).GetProperty("detail").GetString().Should().Contain("does not serve: it is a draft");
        (await service.Api.GetAsync("/api/segment-groups/second-home")).StatusCode.Should().Be(HttpStatusCode.NotFound, "nothing of a refused change stays");
    }

    [Fact]
    public async Task A_build_shows_what_it_does_and_ends_as_done()
    {
        await service.CreateSegmentAsync("built", """{"event":"A"}""");

        var build = (await service.GetAsync("/api/builds?limit=1000")).GetProperty("items").EnumerateArray()
            .Single(one => one.GetProperty("segments").EnumerateArray().Any(segment => segment.GetProperty("key").GetString() == "built"));

        build.GetProperty("state").GetString().Should().Be("done");
        build.GetProperty("requestedBy").GetString().Should().Be("admin");
        build.GetProperty("segments")[0].GetProperty("version").GetInt32().Should().Be(1);
        var alone = await service.GetAsync($"/api/builds/{build.GetProperty("id")}");
        alone.GetRawText().Should().Be(build.GetRawText());
        (await service.SendAsync("DELETE", $"/api/builds/{build.GetProperty("id")}", null)).StatusCode.Should().Be(HttpStatusCode.NotFound, "what is done cannot be cancelled");
        (await service.SendAsync("DELETE", "/api/segments/built/build", null)).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_is_on_its_way_shows_how_far_it_is_and_can_be_taken_back()
    {
        await service.SwitchOnAsync("Slow");
        await service.SendAsync(Event("Slow", new { ContactId = "slow" }));
        await service.CardAsync("contactId:slow");
        await using var source = NpgsqlDataSource.Create(service.Database.ConnectionString);
        await Eventually.BecomesAsync(() => IsAtRestAsync(source), rests => rests, "the projection having nothing left to write");
        long written;
        await using (var connection = await source.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            // Nobody becomes a member before this transaction ends, so the build cannot end either.
            await using (var hold = new NpgsqlCommand("lock table segmentation.memberships in share mode", connection))
                await hold.ExecuteNonQueryAsync();
            (await service.SendAsync("POST", "/api/segments", """{"key":"taken-back","name":"T","condition":{"event":"Slow","period":"all time"}}""")).StatusCode.Should().Be(HttpStatusCode.Created);
            var build = await Eventually.BecomesAsync(
                () => service.GetAsync("/api/segments/taken-back/build"), one => one.GetProperty("state").GetString() == "running", "the build running");
            build.GetProperty("version").GetInt32().Should().Be(1);
            written = (await service.GetAsync("/api/segments/taken-back")).GetProperty("revision").GetInt64();
            build.GetProperty("toBuild").GetInt64().Should().BePositive();
            (await service.GetAsync("/api/segments/taken-back")).GetProperty("state").GetString().Should().Be("building");

            (await service.SendAsync("DELETE", "/api/segments/taken-back/build", null)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        }

        var segment = await service.GetAsync("/api/segments/taken-back");
        segment.GetProperty("state").GetString().Should().Be("draft", "it never was live, so what was written waits again");
        segment.GetProperty("draft").GetProperty("version").GetInt32().Should().Be(1);
        segment.GetProperty("revision").GetInt64().Should().BeGreaterThan(written, "a change that is taken back is a change");
        (await service.SendAsync("POST", "/api/segments/taken-back/publish", null)).StatusCode.Should().Be(HttpStatusCode.OK);
        await Eventually.BecomesAsync(() => service.MembersAsync("taken-back"), members => members.Count == 1, "its member");
    }

    private static async Task<bool> IsAtRestAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand("""
            select min(position) >= (select max(seq_id) from public.mt_events) and not exists (select from segmentation.editions where state = 'retired')
            from segmentation.checkpoints where name = 'projector'
            """);
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    private Task<JsonElement> OrderAsync(string key, params string[] segments) => Eventually.BecomesAsync(
        () => service.GetAsync($"/api/segment-groups/{key}"),
        group => group.GetProperty("segments").EnumerateArray().Select(segment => segment.GetString()).SequenceEqual(segments) && group.GetProperty("waiting").ValueKind == JsonValueKind.Null,
        $"the order of {key}");

    private static Task<JsonElement> JsonAsync(HttpResponseMessage answer) => answer.Content.ReadFromJsonAsync<JsonElement>();
}
