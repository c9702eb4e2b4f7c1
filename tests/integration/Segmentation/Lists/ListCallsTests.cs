using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EventSegmentation.Contracts;
using static EventSegmentation.IntegrationTests.Segmentation.SegmentationService;

namespace EventSegmentation.IntegrationTests.Segmentation.Lists;

/// <summary>The calls about lists, as a user makes them.</summary>
public sealed class ListCallsTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    private static readonly string[] Counted = ["lines", "added", "removed", "unchanged", "refused"];

    [Fact]
    public async Task A_list_is_filled_by_call_and_by_file_and_its_members_are_told_of()
    {
        await CreateListAsync("vips");
        var ids = await ContactsAsync("vip", 3);

        var answer = await PostAsync("/api/segments/vips/members", new { add = new[] { ids[0], "email:VIP-1@list.example", "email:who@list.example", "999999" }, remove = new[] { ids[2] } });
        answer.GetProperty("added").GetInt32().Should().Be(2);
        answer.GetProperty("removed").GetInt32().Should().Be(0);
        answer.GetProperty("unchanged").GetInt32().Should().Be(1);
        answer.GetProperty("refused").EnumerateArray().Select(refused => refused.GetProperty("pointer").GetString()).Should().Equal("/add/2", "/add/3");
        (await service.MembersAsync("vips")).Should().BeEquivalentTo(ids[0], ids[1]);
        var told = await service.Transitions.NextAsync(received => received.Transition is { SegmentKey: "vips" } one && one.ContactId == ids[0], "the entry");
        told.Transition.Should().BeEquivalentTo(new { Kind = TransitionKind.Entered, Cause = TransitionCause.List, CauseEventId = (string?)null });

        (await service.Api.PutAsync($"/api/segments/vips/members/{ids[2]}", null)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await service.Api.DeleteAsync($"/api/segments/vips/members/{ids[0]}")).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await service.Api.DeleteAsync($"/api/segments/vips/members/{ids[0]}")).StatusCode.Should().Be(HttpStatusCode.NoContent, "what is so already is fine");
        (await service.MembersAsync("vips")).Should().BeEquivalentTo(ids[1], ids[2]);

        var upload = await service.Api.PostAsync("/api/segments/vips/imports?mode=replace", Csv($"Email;name\nvip-0@list.example;Ada\nnobody@list.example;Bob\n\"vip-1@list.example\"\n"));
        upload.Headers.Location!.OriginalString.Should().StartWith("/api/segments/vips/imports/");
        upload.StatusCode.Should().Be(HttpStatusCode.OK, await upload.Content.ReadAsStringAsync());
        var import = await upload.Content.ReadFromJsonAsync<JsonElement>();
        Text(import, "state").Should().Be("done");
        Figures(import).Should().Equal(3, 1, 1, 1, 1);
        import.GetProperty("refusals").GetRawText().Should().Be("""[{"line":3,"reason":"No contact has this id or identifier."}]""");
        (await service.MembersAsync("vips")).Should().BeEquivalentTo(ids[0], ids[1]);
        var listed = await service.GetAsync("/api/segments/vips/imports");
        listed.GetProperty("items").EnumerateArray().Single().TryGetProperty("refusals", out _).Should().BeFalse();
        (await service.GetAsync($"/api/segments/vips/imports/{import.GetProperty("id").GetInt64()}")).GetRawText().Should().Be(import.GetRawText());
    }

    [Fact]
    public async Task An_archived_list_is_kept_and_serves_again_when_it_is_published()
    {
        await CreateListAsync("kept");
        var ids = await ContactsAsync("kept", 2);
        await PostAsync("/api/segments/kept/members", new { add = ids });

        (await service.Api.DeleteAsync("/api/segments/kept")).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await service.Transitions.NextAsync(received => received.Transition is { SegmentKey: "kept", Kind: TransitionKind.Exited }, "the exit")).Transition
            .Should().BeEquivalentTo(new { Cause = TransitionCause.Definition });
        await RefusedAsync("/api/segments/kept/members", new { remove = new[] { ids[0] } }, 409, "is archived");
        (await service.Api.PostAsync("/api/segments/kept/publish", null)).StatusCode.Should().Be(HttpStatusCode.OK);
        await Eventually.BecomesAsync(() => service.GetAsync("/api/segments/kept"), segment => Text(segment, "state") == "live", "kept being live again");

        (await service.MembersAsync("kept")).Should().BeEquivalentTo(ids);
        await PostAsync("/api/segments/kept/members", new { remove = new[] { ids[0] } });
        (await service.MembersAsync("kept")).Should().BeEquivalentTo(ids[1]);
    }

    [Fact]
    public async Task An_upload_may_be_larger_than_any_other_body()
    {
        await CreateListAsync("large");
        var ids = await ContactsAsync("large", 2);
        var lines = string.Concat(Enumerable.Repeat($"{ids[0]},{new string('x', 100)}\n{ids[1]}\n", 20_000));

        var body = Csv(lines);
        body.Headers.ContentType = new("TEXT/CSV");
        var import = await (await service.Api.PostAsync("/api/segments/large/imports", body)).Content.ReadFromJsonAsync<JsonElement>();

        Figures(import).Should().Equal(40_000, 2, 0, 39_998, 0);
    }

    [Fact]
    public async Task What_cannot_be_done_is_refused_with_the_place_and_the_way_out()
    {
        await service.SwitchOnAsync("Listed");
        await service.CreateSegmentAsync("dynamic", """{"event":"Listed"}""");
        await CreateListAsync("refusing");
        var id = (await ContactsAsync("refused", 1))[0];
        var most = Enumerable.Range(0, 1_001).Select(i => $"{i}").ToArray();

        await RefusedAsync("/api/segments/none/members", new { add = new[] { id } }, 404, "no segment 'none'");
        await RefusedAsync("/api/segments/dynamic/members", new { add = new[] { id } }, 409, "is dynamic");
        await RefusedAsync("/api/segments/refusing/members", new { put = new[] { id } }, 422, "\"add\"");
        await RefusedAsync("/api/segments/refusing/members", new { add = id }, 422, "a list of texts");
        await RefusedAsync("/api/segments/refusing/members", new { add = new object[] { 5 } }, 422, "A contact id");
        await RefusedAsync("/api/segments/refusing/members", new { add = new[] { id, "Email:ada@list.example" } }, 422, "no kind of identifier");
        await RefusedAsync("/api/segments/refusing/members", new { add = most }, 422, "at most 1000 contacts; 1001 came");
        await RefusedAsync("/api/segments/refusing/members", new { add = new[] { id }, remove = new[] { id } }, 422, "add and in remove");
        (await service.Api.PutAsync("/api/segments/refusing/members/999999", null)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await service.Api.PutAsync("/api/segments/refusing/members/who", null)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await service.Api.PostAsync("/api/segments/refusing/imports?mode=merge", Csv(id))).StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await service.Api.PostAsync("/api/segments/refusing/imports?mode=replace", Csv("who"))).StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await service.Api.PostAsJsonAsync("/api/segments/refusing/imports", new[] { id })).StatusCode.Should().Be(HttpStatusCode.UnsupportedMediaType);
        (await service.Api.GetAsync("/api/segments/refusing/imports/9999")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        using var reader = service.Reader();
        (await reader.PutAsync($"/api/segments/refusing/members/{id}", null)).StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await service.Api.DeleteAsync($"/api/contacts/{id}")).IsSuccessStatusCode.Should().BeTrue();
        (await service.Api.PutAsync($"/api/segments/refusing/members/{id}", null)).StatusCode.Should().Be(HttpStatusCode.Gone);
    }

    private async Task CreateListAsync(string key)
    {
        var answer = await service.Api.PostAsJsonAsync("/api/segments", new { key, name = key, kind = "static" });
        answer.StatusCode.Should().Be(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        await Eventually.BecomesAsync(() => service.GetAsync($"/api/segments/{key}"), segment => Text(segment, "state") == "live", $"{key} being live");
    }

    private async Task<List<string>> ContactsAsync(string name, int count)
    {
        await service.SwitchOnAsync("Listed");
        await service.SendAsync([.. Enumerable.Range(0, count).Select(i => Event("Listed", new { Email = $"{name}-{i}@list.example" }))]);
        var ids = new List<string>();
        for (var i = 0; i < count; i++)
            ids.Add(Text(await service.CardAsync($"email:{name}-{i}@list.example"), "contactId"));
        return ids;
    }

    private async Task<JsonElement> PostAsync(string path, object body)
    {
        var answer = await service.Api.PostAsJsonAsync(path, body);
        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task RefusedAsync(string path, object body, int status, string says)
    {
        var answer = await service.Api.PostAsJsonAsync(path, body);
        ((int)answer.StatusCode).Should().Be(status);
        Text(await answer.Content.ReadFromJsonAsync<JsonElement>(), "detail").Should().Contain(says);
    }

    private static IEnumerable<int> Figures(JsonElement import) =>
        Counted.Select(name => import.GetProperty(name).GetInt32());

    private static StringContent Csv(string lines) => new(lines, Encoding.UTF8, "text/csv");

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;
}
