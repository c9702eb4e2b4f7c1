using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EventSegmentation.Contracts;
using static EventSegmentation.IntegrationTests.Segmentation.SegmentationService;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>A segment from draft to archive, over HTTP.</summary>
public sealed class SegmentLifecycleTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task A_draft_serves_nobody_until_it_is_published()
    {
        await service.SwitchOnAsync("Drafted");
        await service.SendAsync(Event("Drafted", new { ContactId = "of-the-draft" }));
        await service.CardAsync("contactId:of-the-draft");

        var created = await service.SendAsync("POST", "/api/segments", Body("drafted", """{"event":"Drafted","period":"all time"}""", "\"draft\":true"));
        created.StatusCode.Should().Be(HttpStatusCode.Created);
        created.Headers.Location!.ToString().Should().Be("/api/segments/drafted");
        var draft = await JsonAsync(created);
        draft.GetProperty("state").GetString().Should().Be("draft");
        draft.GetProperty("draft").GetProperty("version").GetInt32().Should().Be(1);
        draft.GetProperty("createdBy").GetString().Should().Be("admin");
        (await service.GetAsync("/api/segments?state=draft&q=drafted")).GetProperty("items").GetArrayLength().Should().Be(1);
        (await service.GetAsync("/api/segments?state=live&q=drafted")).GetProperty("items").GetArrayLength().Should().Be(0);

        (await service.SendAsync("POST", "/api/segments/drafted/publish", null)).StatusCode.Should().Be(HttpStatusCode.OK);

        var live = await LiveAsync("drafted", version: 1);
        live.GetProperty("draft").ValueKind.Should().Be(JsonValueKind.Null);
        live.GetProperty("size").GetInt64().Should().Be(1);
        var again = await service.SendAsync("POST", "/api/segments/drafted/publish", "{}");
        again.StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await DetailAsync(again)).Should().Contain("has no draft");
    }

    [Fact]
    public async Task An_edit_is_a_version_beside_the_live_one_and_only_the_difference_is_told()
    {
        await service.SwitchOnAsync("Edited");
        await service.SendAsync([.. Enumerable.Range(0, 3).Select(i => Event("Edited", new { ContactId = $"edited-{i}", amount = i }))]);
        await service.CardAsync("contactId:edited-2");
        await service.CreateSegmentAsync("edited", """{"event":"Edited","where":{"param":"amount","atLeast":1},"period":"all time"}""");

        var answer = await service.SendAsync("PUT", "/api/segments/edited", Body(null, """{"event":"Edited","where":{"param":"amount","atLeast":2},"period":"all time"}"""));

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        await LiveAsync("edited", version: 2);
        var transitions = (await service.GetAsync("/api/segments/edited/transitions")).GetProperty("items").EnumerateArray().ToList();
        transitions.Select(one => one.GetProperty("kind").GetString()).Should().Equal(TransitionKind.Entered, TransitionKind.Entered, TransitionKind.Exited);
        transitions[2].GetProperty("version").GetInt32().Should().Be(2);
        var versions = (await service.GetAsync("/api/segments/edited/versions")).GetProperty("items").EnumerateArray().ToList();
        versions.Select(version => $"{version.GetProperty("version")} {version.GetProperty("state")} {version.GetProperty("createdBy")}").Should().Equal("2 live admin", "1 retired admin");
        versions[0].GetProperty("differences").EnumerateArray().Should().ContainSingle().Which.GetString().Should().StartWith("Instead of").And.Contain("at least 1").And.Contain("at least 2");
        versions[1].GetProperty("differences").GetArrayLength().Should().Be(0);
        versions[1].GetProperty("liveUntil").GetDateTimeOffset().Should().Be(versions[0].GetProperty("liveSince").GetDateTimeOffset());
        var paged = await service.GetAsync("/api/segments/edited/versions?limit=1");
        paged.GetProperty("items")[0].GetProperty("differences").GetArrayLength().Should().Be(1, "the version before is looked at though it is not shown");
        (await service.GetAsync($"/api/segments/edited/versions?limit=1&cursor={paged.GetProperty("next").GetString()}")).GetProperty("items")[0].GetProperty("version").GetInt32().Should().Be(1);
    }

    [Fact]
    public async Task Names_and_what_means_the_same_make_no_version()
    {
        await service.CreateSegmentAsync("renamed", """{"all":[{"event":"A"},{"event":"B"}]}""");

        var answer = await JsonAsync(await service.SendAsync("PUT", "/api/segments/renamed", """
            {"key":"renamed","name":"Another name","purpose":"Why","tags":["t"],"condition":{"all":[{"event":"B","period":"today"},{"event":"A"}]}}
            """));

        answer.GetProperty("name").GetString().Should().Be("Another name");
        answer.GetProperty("version").GetInt32().Should().Be(1);
        answer.GetProperty("build").ValueKind.Should().Be(JsonValueKind.Null);
        (await service.GetAsync("/api/segments?tag=t")).GetProperty("items")[0].GetProperty("key").GetString().Should().Be("renamed");
        (await service.GetAsync("/api/segments/renamed/versions")).GetProperty("items").GetArrayLength().Should().Be(1);
    }

    [Fact]
    public async Task A_draft_waits_beside_the_live_version_and_can_be_dropped()
    {
        await service.CreateSegmentAsync("beside", """{"event":"A"}""");

        var drafted = await JsonAsync(await service.SendAsync("PUT", "/api/segments/beside", Body(null, """{"event":"B"}""", "\"draft\":true")));
        drafted.GetProperty("state").GetString().Should().Be("live");
        drafted.GetProperty("sentence").GetString().Should().Contain("'A'");
        drafted.GetProperty("draft").GetProperty("sentence").GetString().Should().Contain("'B'");

        var dropped = await JsonAsync(await service.SendAsync("DELETE", "/api/segments/beside/draft", null));
        dropped.GetProperty("draft").ValueKind.Should().Be(JsonValueKind.Null);
        (await service.SendAsync("DELETE", "/api/segments/beside/draft", null)).StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await service.GetAsync("/api/segments/beside/versions")).GetProperty("items")[0].GetProperty("state").GetString().Should().Be("cancelled");
    }

    [Fact]
    public async Task Whoever_read_an_older_revision_is_told_so_and_changes_nothing()
    {
        await service.CreateSegmentAsync("guarded", """{"event":"A"}""");
        var tag = (await service.Api.GetAsync("/api/segments/guarded")).Headers.ETag!.Tag;

        var first = await service.SendAsync("PUT", "/api/segments/guarded", Body(null, """{"event":"A"}""", name: "First"), tag);
        var second = await service.SendAsync("PUT", "/api/segments/guarded", Body(null, """{"event":"A"}""", name: "Second"), tag);
        var deletion = await service.SendAsync("DELETE", "/api/segments/guarded", null, tag);

        first.StatusCode.Should().Be(HttpStatusCode.OK);
        second.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        second.Headers.ETag!.Tag.Should().Be(first.Headers.ETag!.Tag).And.NotBe(tag);
        (await DetailAsync(second)).Should().Contain("Read it again");
        deletion.StatusCode.Should().Be(HttpStatusCode.PreconditionFailed);
        (await service.GetAsync("/api/segments/guarded")).GetProperty("name").GetString().Should().Be("First");
        (await service.SendAsync("PUT", "/api/segments/guarded", Body(null, """{"event":"A"}""", name: "Third"))).StatusCode.Should().Be(HttpStatusCode.OK, "without a tag the last writer wins");
        (await service.SendAsync("PUT", "/api/segments/guarded", Body(null, """{"event":"A"}"""), "7")).StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Of_many_who_edit_one_revision_at_once_one_is_heard()
    {
        await service.CreateSegmentAsync("raced", """{"event":"A"}""");
        var tag = (await service.Api.GetAsync("/api/segments/raced")).Headers.ETag!.Tag;

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => service.SendAsync("PUT", "/api/segments/raced", Body(null, $$"""{"event":"B{{i}}"}"""), tag)));

        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).Should().Be(1);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.PreconditionFailed).Should().Be(7);
        (await service.GetAsync("/api/segments/raced/versions")).GetProperty("items").GetArrayLength().Should().Be(2);
    }

    [Fact]
    public async Task An_archived_segment_keeps_its_key_and_is_revived_under_it()
    {
        await service.SwitchOnAsync("Revived");
        await service.SendAsync(Event("Revived", new { ContactId = "revived" }));
        await service.CardAsync("contactId:revived");
        await service.CreateSegmentAsync("phoenix", """{"event":"Revived","period":"all time"}""");

        (await service.SendAsync("DELETE", "/api/segments/phoenix", null)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await service.SendAsync("DELETE", "/api/segments/phoenix", null)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        await Eventually.BecomesAsync(() => service.MembersAsync("phoenix"), members => members.Count == 0, "the members having left");
        (await service.GetAsync("/api/segments/phoenix")).GetProperty("state").GetString().Should().Be("archived");
        (await service.GetAsync("/api/segments?q=phoenix")).GetProperty("items").GetArrayLength().Should().Be(0);
        (await service.GetAsync("/api/segments?q=phoenix&state=archived")).GetProperty("items").GetArrayLength().Should().Be(1);
        (await service.SendAsync("POST", "/api/segments", """{"key":"phoenix","name":"P","kind":"static"}""")).StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);

        (await service.SendAsync("POST", "/api/segments/phoenix/publish", null)).StatusCode.Should().Be(HttpStatusCode.OK);

        await LiveAsync("phoenix", version: 2);
        (await service.MembersAsync("phoenix")).Should().HaveCount(1);
        (await service.SendAsync("DELETE", "/api/segments/phoenix?silent=true", null)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        await Eventually.BecomesAsync(() => service.MembersAsync("phoenix"), members => members.Count == 0, "the members having gone");
        (await service.SendAsync("POST", "/api/segments", Body("phoenix", """{"event":"Other"}"""))).StatusCode.Should().Be(HttpStatusCode.Created);
        await LiveAsync("phoenix", version: 3);
        (await service.GetAsync("/api/segments/phoenix/transitions")).GetProperty("items").EnumerateArray().Select(one => one.GetProperty("kind").GetString())
            .Should().Equal(TransitionKind.Entered, TransitionKind.Exited, TransitionKind.Entered);
    }

    [Fact]
    public async Task A_silent_edit_tells_nobody()
    {
        await service.SwitchOnAsync("Quiet");
        await service.SendAsync(Event("Quiet", new { ContactId = "quiet" }));
        await service.CardAsync("contactId:quiet");

        (await service.SendAsync("POST", "/api/segments", Body("quiet", """{"event":"Quiet","period":"all time"}""", "\"silent\":true"))).EnsureSuccessStatusCode();

        await LiveAsync("quiet", version: 1);
        (await service.MembersAsync("quiet")).Should().HaveCount(1);
        (await service.GetAsync("/api/segments/quiet/transitions")).GetProperty("items").GetArrayLength().Should().Be(0);
    }

    [Fact]
    public async Task A_static_segment_has_no_condition_and_stays_static()
    {
        (await service.SendAsync("POST", "/api/segments", """{"key":"guests","name":"Guests","kind":"static"}""")).StatusCode.Should().Be(HttpStatusCode.Created);

        var segment = await LiveAsync("guests", version: 1);

        segment.GetProperty("kind").GetString().Should().Be("static");
        segment.GetProperty("condition").ValueKind.Should().Be(JsonValueKind.Null);
        segment.GetProperty("sentence").GetString().Should().Contain("list 'guests'");
        var other = await service.SendAsync("PUT", "/api/segments/guests", Body(null, """{"event":"A"}"""));
        other.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await other.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors")[0].GetProperty("pointer").GetString().Should().Be("/kind");
    }

    [Fact]
    public async Task What_others_refer_to_or_have_in_a_group_is_not_archived()
    {
        await service.CreateSegmentAsync("grouped", """{"event":"A"}""");
        await service.CreateSegmentAsync("beneath", """{"event":"B"}""");
        await service.CreateSegmentAsync("above", """{"inSegment":"beneath"}""");
        (await service.SendAsync("PUT", "/api/segment-groups/holding", """{"segments":["grouped"]}""")).EnsureSuccessStatusCode();

        var grouped = await service.SendAsync("DELETE", "/api/segments/grouped", null);
        var beneath = await service.SendAsync("DELETE", "/api/segments/beneath", null);

        grouped.StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await DetailAsync(grouped)).Should().Contain("the group 'holding'");
        beneath.StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await DetailAsync(beneath)).Should().Contain("refer to 'beneath': above");
        (await service.GetAsync("/api/segments/beneath")).GetProperty("state").GetString().Should().Be("live");
    }

    [Fact]
    public async Task A_change_says_by_whose_key_it_was_made()
    {
        await service.CreateSegmentAsync("signed", """{"event":"A"}""");
        using var crm = service.Crm();
        using var content = new StringContent(Body(null, """{"event":"B"}"""), Encoding.UTF8, "application/json");

        (await crm.PutAsync("/api/segments/signed", content)).StatusCode.Should().Be(HttpStatusCode.OK);

        var segment = await LiveAsync("signed", version: 2);
        segment.GetProperty("createdBy").GetString().Should().Be("admin");
        segment.GetProperty("changedBy").GetString().Should().Be("crm");
        (await service.GetAsync("/api/segments/signed/versions")).GetProperty("items").EnumerateArray().Select(version => version.GetProperty("createdBy").GetString()).Should().Equal("crm", "admin");
        (await service.GetAsync("/api/builds?limit=1000")).GetProperty("items").EnumerateArray()
            .Where(build => build.GetProperty("segments").EnumerateArray().Any(one => one.GetProperty("key").GetString() == "signed"))
            .Select(build => build.GetProperty("requestedBy").GetString()).Should().Equal("crm", "admin");
    }

    [Theory]
    [InlineData("PUT", "/api/segments/nowhere", """{"name":"n","condition":{"all":[]}}""", HttpStatusCode.NotFound)]
    [InlineData("POST", "/api/segments/nowhere/publish", null, HttpStatusCode.NotFound)]
    [InlineData("POST", "/api/segments/nowhere/publish", """{"quiet":true}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("DELETE", "/api/segments/nowhere", null, HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/api/segments/nowhere/build", null, HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/segments/nowhere/build", null, HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/segments/nowhere/versions", null, HttpStatusCode.NotFound)]
    [InlineData("GET", "/api/segments?state=gone", null, HttpStatusCode.BadRequest)]
    [InlineData("GET", "/api/builds/999999", null, HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/api/builds/999999", null, HttpStatusCode.NotFound)]
    public async Task A_mistake_of_the_caller_is_a_problem_that_says_so(string method, string path, string? body, HttpStatusCode expected)
    {
        var answer = await service.SendAsync(method, path, body);

        answer.StatusCode.Should().Be(expected);
        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
    }

    [Fact]
    public async Task The_description_of_the_calls_knows_what_they_answer()
    {
        var document = await service.GetAsync("/openapi/v1.json");

        foreach (var (path, schema) in new[] { ("/api/segments/{key}", "SegmentView"), ("/api/segment-groups/{key}", "GroupView"), ("/api/builds/{id}", "BuildView"), ("/api/definitions", "DocumentView") })
            document.GetProperty("paths").GetProperty(path).GetProperty("get").GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty("application/json")
                .GetProperty("schema").GetProperty("$ref").GetString().Should().EndWith(schema);
        document.GetProperty("paths").GetProperty("/api/segments/{key}").GetProperty("put").GetProperty("parameters").GetArrayLength().Should().Be(1, "who calls is no parameter");
    }

    private Task<JsonElement> LiveAsync(string key, int version) => Eventually.BecomesAsync(
        () => service.GetAsync($"/api/segments/{key}"),
        segment => segment.GetProperty("state").GetString() == "live" && segment.GetProperty("version").GetInt32() == version && segment.GetProperty("build").ValueKind == JsonValueKind.Null,
        $"version {version} of {key} being live");

    private static string Body(string? key, string condition, string further = "\"tags\":[]", string name = "Name") =>
        $$"""{{{(key is null ? "" : $"\"key\":\"{key}\",")}}"name":"{{name}}",{{further}},"condition":{{condition}}}""";

    private static Task<JsonElement> JsonAsync(HttpResponseMessage answer) => answer.Content.ReadFromJsonAsync<JsonElement>();

    private static async Task<string?> DetailAsync(HttpResponseMessage answer) => (await JsonAsync(answer)).GetProperty("detail").GetString();
}
