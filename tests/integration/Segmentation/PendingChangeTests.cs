using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EventSegmentation.Segmentation.Schema;
using Npgsql;
using static EventSegmentation.IntegrationTests.Segmentation.SegmentationService;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>What is written of a segment while something of it is still on its way.</summary>
public sealed class PendingChangeTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task An_older_draft_is_published_as_the_next_version_and_the_text_before_it_can_be_written_again()
    {
        await MemberAsync("Older");
        await service.CreateSegmentAsync("older", Condition("Older", 1));
        await OkAsync("PUT", "/api/segments/older", Body(Condition("Older", 2), "\"draft\":true,"));
        await OkAsync("PUT", "/api/segments/older", Body(Condition("Older", 3)));
        await LiveAsync("older", 3);

        await using (await HoldAsync())
        {
            var published = await OkAsync("POST", "/api/segments/older/publish", null);
            published.GetProperty("build").GetProperty("version").GetInt32().Should().Be(4, "numbers rise with what serves");
            published.GetProperty("draft").ValueKind.Should().Be(JsonValueKind.Null);
            (await service.Api.GetStringAsync("/api/definitions")).Should().Contain("\"amount\",\"atLeast\":2", "the export has what will serve");

            var back = await OkAsync("PUT", "/api/segments/older", Body(Condition("Older", 3)));
            back.GetProperty("build").GetProperty("version").GetInt32().Should().Be(5, "what serves is not what will serve, so this is a change");
        }

        await LiveAsync("older", 5);
    }

    [Fact]
    public async Task A_segment_whose_end_is_on_its_way_is_revived_by_the_text_that_it_has()
    {
        await MemberAsync("Ending");
        await service.CreateSegmentAsync("ending", Condition("Ending", 0));
        (await service.MembersAsync("ending")).Should().HaveCount(1);

        await using (await HoldAsync())
        {
            (await service.SendAsync("DELETE", "/api/segments/ending", null)).StatusCode.Should().Be(HttpStatusCode.NoContent);
            await OkAsync("PUT", "/api/segments/ending", Body(Condition("Ending", 1), "\"draft\":true,"));
            (await service.Api.GetStringAsync("/api/definitions")).Should().NotContain("\"ending\"");

            var revived = await OkAsync("PUT", "/api/segments/ending", Body(Condition("Ending", 0)));
            revived.GetProperty("build").GetProperty("version").GetInt32().Should().Be(3);
        }

        await LiveAsync("ending", 3);
        (await service.MembersAsync("ending")).Should().HaveCount(1);
    }

    [Fact]
    public async Task What_is_built_with_others_is_taken_back_with_them_only()
    {
        await MemberAsync("Shared");
        await using (await HoldAsync())
        {
            var applied = await OkAsync("PUT", "/api/definitions", $$"""
                {"segments":[{"key":"one-of-two","name":"1","condition":{{Condition("Shared", 0)}}},{"key":"two-of-two","name":"2","condition":{{Condition("Shared", 1)}}}]}
                """);
            var build = applied.GetProperty("buildId").GetInt64();

            var one = await service.SendAsync("DELETE", "/api/segments/one-of-two/build", null);

            one.StatusCode.Should().Be(HttpStatusCode.Conflict);
            (await one.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString().Should().Contain($"The build {build} changes 1 other").And.Contain($"DELETE /api/builds/{build}");
            (await service.SendAsync("DELETE", $"/api/builds/{build}", null)).StatusCode.Should().Be(HttpStatusCode.NoContent);
            (await service.SendAsync("GET", "/api/segments/two-of-two/build", null)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        }
    }

    [Fact]
    public async Task A_document_read_before_another_change_is_not_applied()
    {
        var tag = (await service.Api.GetAsync("/api/definitions")).Headers.ETag!.Tag;
        const string document = """{"segments":[{"key":"tagged","name":"T","condition":{"event":"A"}}]}""";
        var plan = await service.SendAsync("POST", "/api/definitions/plan", document, tag);
        plan.StatusCode.Should().Be(HttpStatusCode.OK);
        plan.Headers.ETag!.Tag.Should().Be(tag);

        var applied = await service.SendAsync("PUT", "/api/definitions", document, tag);
        var late = await service.SendAsync("PUT", "/api/definitions", """{"segments":[]}""", tag);

        applied.StatusCode.Should().Be(HttpStatusCode.OK);
        applied.Headers.ETag!.Tag.Should().NotBe(tag).And.Be((await service.Api.GetAsync("/api/definitions")).Headers.ETag!.Tag);
        late.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        late.Headers.ETag!.Tag.Should().Be(applied.Headers.ETag!.Tag);
    }

    [Fact]
    public async Task A_static_segment_is_written_anew_without_saying_its_kind()
    {
        await OkAsync("POST", "/api/segments", """{"key":"listed","name":"L","kind":"static"}""");

        var renamed = await OkAsync("PUT", "/api/segments/listed", """{"name":"Renamed","kind":null}""");

        renamed.GetProperty("name").GetString().Should().Be("Renamed");
        renamed.GetProperty("kind").GetString().Should().Be("static");
    }

    [Theory]
    [InlineData("DELETE", "/api/segments/any?silent=yes", null, HttpStatusCode.BadRequest, "silent is true or false; 'yes' came.")]
    [InlineData("DELETE", "/api/segment-groups/any?silent=1", null, HttpStatusCode.BadRequest, "silent is true or false; '1' came.")]
    [InlineData("PUT", "/api/definitions?prune=1", "{}", HttpStatusCode.BadRequest, "prune is true or false; '1' came.")]
    [InlineData("POST", "/api/segments", """{"key":"tiny","name":"n","condition":{"event":"A","where":{"param":"n","atLeast":1e-20000}}}""", HttpStatusCode.UnprocessableEntity, "exponent")]
    [InlineData("GET", "/api/audit/overlaps?segment=nobody", null, HttpStatusCode.NotFound, "No segment 'nobody' serves")]
    public async Task A_mistake_is_answered_by_its_name(string method, string path, string? body, HttpStatusCode expected, string said)
    {
        var answer = await service.SendAsync(method, path, body);

        answer.StatusCode.Should().Be(expected);
        (await answer.Content.ReadAsStringAsync()).Replace("\\u0027", "'", StringComparison.Ordinal).Should().Contain(said);
    }

    [Fact]
    public async Task Of_countless_mistakes_a_bounded_number_is_said()
    {
        var list = await service.SendAsync("PUT", "/api/definitions", $$"""{"segments":[{{string.Join(',', Enumerable.Repeat("1", 1_001))}}]}""");
        var items = await service.SendAsync("PUT", "/api/definitions", $$"""{"segments":[{{string.Join(',', Enumerable.Repeat("1", 1_000))}}]}""");
        var group = await service.SendAsync("PUT", "/api/segment-groups/wide", $$"""{"segments":[{{string.Join(',', Enumerable.Repeat("1", 21))}}]}""");

        foreach (var answer in new[] { list, items, group })
            answer.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await list.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString().Should().Be("segments is a list of at most 1000; 1001 came.");
        (await items.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").GetArrayLength().Should().Be(100);
        (await group.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").GetArrayLength().Should().Be(1);
    }

    // A contact that has done something thrice, with amounts 1 to 3: every build has a member to write.
    private async Task MemberAsync(string type)
    {
        await service.SwitchOnAsync(type);
        await service.SendAsync([.. Enumerable.Range(1, 3).Select(amount => Event(type, new { ContactId = $"of-{type}", amount }))]);
        await service.CardAsync($"contactId:of-{type}");
    }

    private static string Condition(string type, int amount) => $$"""{"event":"{{type}}","where":{"param":"amount","atLeast":{{amount}}},"period":"all time"}""";

    private static string Body(string condition, string further = "") => $$"""{{{further}}"name":"Name","condition":{{condition}}}""";

    // No build starts or ends before this is disposed: each takes the plan alone, and waits for nobody while it holds anything
    // that a call needs.
    private async Task<Hold> HoldAsync()
    {
        var connection = new NpgsqlConnection(service.Database.ConnectionString);
        await connection.OpenAsync();
        await using var hold = new NpgsqlCommand($"begin; select pg_advisory_xact_lock_shared({AdvisoryLocks.Plan})", connection);
        await hold.ExecuteNonQueryAsync();
        return new(connection);
    }

    private Task<JsonElement> LiveAsync(string key, int version) => Eventually.BecomesAsync(
        () => service.GetAsync($"/api/segments/{key}"),
        segment => segment.GetProperty("version").GetInt32() == version && segment.GetProperty("build").ValueKind == JsonValueKind.Null,
        $"version {version} of {key} being live");

    private async Task<JsonElement> OkAsync(string method, string path, string? body)
    {
        var answer = await service.SendAsync(method, path, body);
        answer.IsSuccessStatusCode.Should().BeTrue(await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private sealed class Hold(NpgsqlConnection connection) : IAsyncDisposable
    {
        // The transaction ends with its connection.
        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
