using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Contacts;
using static EventSegmentation.IntegrationTests.Segmentation.SegmentationService;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>Merging contacts and giving them back, by the API.</summary>
public sealed class MergeTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task Two_cards_become_one_and_two_again()
    {
        await service.SwitchOnAsync("Bought", "Browsed");
        await service.CreateSegmentAsync("browsed-and-bought", """{"all":[{"event":"Browsed","period":"all time"},{"event":"Bought","period":"all time"}]}""");
        await service.CreateSegmentAsync("browsed", """{"event":"Browsed","period":"all time"}""");
        await service.SendAsync(Event("Browsed", new { ContactId = "device", PushToken = "token-1" }));
        var device = await IdAsync("contactId:device");
        await service.SendAsync(Event("Bought", new { Email = "ada@merge.example" }));
        var ada = await IdAsync("email:ada@merge.example");
        await service.SendAsync(Event("Browsed", new { ContactId = "device", Email = "ada@merge.example" }));
        var apart = await Eventually.BecomesAsync(() => service.GetAsync($"/api/contacts/{ada}"), card => card.GetProperty("conflicts").GetArrayLength() == 1, "the conflict");

        var card = await PostAsync($"/api/contacts/{device}/merge", new { into = ada });

        Text(card, "contactId").Should().Be(ada);
        Identifiers(card).Should().Equal("contactId:device", "email:ada@merge.example", "pushToken:token-1");
        Keys(card).Should().Equal("browsed", "browsed-and-bought");
        card.GetProperty("conflicts").GetArrayLength().Should().Be(0);
        card.GetProperty("mergedContacts").EnumerateArray().Select(merged => merged.GetString()).Should().Equal(device);
        card.GetProperty("created").GetDateTimeOffset().Should().BeBefore(apart.GetProperty("created").GetDateTimeOffset(), "the person is as old as the older contact");
        Text(await service.CardAsync("contactId:device"), "contactId").Should().Be(ada);
        Text(await service.CardAsync($"contactId:{device}"), "contactId").Should().Be(ada);
        var merged = await service.GetAsync($"/api/contacts/{device}");
        Text(merged, "mergedInto").Should().Be(ada);
        Keys(merged).Should().BeEmpty();
        Identifiers(merged).Should().Equal("contactId:device", "pushToken:token-1");
        await EventsPageAsync(ada, $"{device} Browsed", $"{ada} Bought", $"{device} Browsed");

        var entered = await service.Transitions.NextAsync(
            received => received.Transition is { SegmentKey: "browsed-and-bought", Kind: TransitionKind.Entered }, "the person's entry");
        entered.Transition.Should().BeEquivalentTo(new { ContactId = ada, Cause = TransitionCause.Merge, CauseEventId = (string?)null });
        entered.Transition.Identifiers.Should().HaveCount(3);
        await service.Transitions.NextAsync(
            received => received.Transition is { SegmentKey: "browsed", Kind: TransitionKind.Exited, Cause: TransitionCause.Merge } left && left.ContactId == device, "the exit of the one that went");

        var back = await PostAsync($"/api/contacts/{device}/unmerge", null);
        Text(back, "contactId").Should().Be(device);
        back.GetProperty("mergedInto").ValueKind.Should().Be(JsonValueKind.Null);
        Keys(back).Should().Equal("browsed");
        var again = await service.GetAsync($"/api/contacts/{ada}");
        again.GetRawText().Should().Be(apart.GetRawText(), "the survivor's card is what it was");
        await EventsPageAsync(ada, $"{ada} Bought");
    }

    [Fact]
    public async Task What_cannot_be_merged_is_refused_with_the_place_and_the_way_out()
    {
        await service.SwitchOnAsync("Met");
        await service.SendAsync([.. "abcd".Select(who => Event("Met", new { ContactId = $"refused-{who}" }))]);
        await IdAsync("contactId:refused-d");
        var ids = new List<string>();
        foreach (var who in "abcd")
            ids.Add(await IdAsync($"contactId:refused-{who}"));
        var (a, b, c, d) = (ids[0], ids[1], ids[2], ids[3]);
        await PostAsync($"/api/contacts/{a}/merge", new { into = b });

        await RefusedAsync($"/api/contacts/{c}/merge", new { into = c }, HttpStatusCode.UnprocessableEntity, "/into", "into itself");
        await RefusedAsync($"/api/contacts/{c}/merge", new { into = "99" }, HttpStatusCode.UnprocessableEntity, "/into", "no contact '99'");
        await RefusedAsync($"/api/contacts/{c}/merge", new { into = "who" }, HttpStatusCode.UnprocessableEntity, "/into", "no contact 'who'");
        await RefusedAsync($"/api/contacts/{c}/merge", new { onto = b }, HttpStatusCode.BadRequest, "/into", "{\"into\":");
        await RefusedAsync($"/api/contacts/{a}/merge", new { into = c }, HttpStatusCode.Conflict, "id", $"merged into {b} already");
        await RefusedAsync($"/api/contacts/{c}/merge", new { into = a }, HttpStatusCode.Conflict, "/into", $"itself merged into {b}");
        await RefusedAsync($"/api/contacts/{b}/merge", new { into = a }, HttpStatusCode.Conflict, "/into", $"/api/contacts/{a}/unmerge");
        await RefusedAsync($"/api/contacts/{c}/unmerge", null, HttpStatusCode.Conflict, "id", "is not merged into another");
        await RefusedAsync($"/api/contacts/{b}/unmerge", null, HttpStatusCode.Conflict, "id", $"Merged into it are {a}");
        (await service.Api.PostAsJsonAsync("/api/contacts/99/merge", new { into = b })).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await service.Api.PostAsync("/api/contacts/99/unmerge", null)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        using var reader = service.Reader();
        (await reader.PostAsJsonAsync($"/api/contacts/{c}/merge", new { into = d })).StatusCode.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Merges_that_cross_make_no_circle()
    {
        await service.SwitchOnAsync("Met");
        await service.SendAsync([.. Enumerable.Range(0, 30).Select(i => Event("Met", new { ContactId = $"cross-{i}" }))]);
        await IdAsync("contactId:cross-29");
        for (var i = 0; i < 30; i += 3)
        {
            var ids = new List<string>();
            for (var n = i; n < i + 3; n++)
                ids.Add(await IdAsync($"contactId:cross-{n}"));
            var (one, two, three) = (ids[0], ids[1], ids[2]);

            var answers = await Task.WhenAll(
                service.Api.PostAsJsonAsync($"/api/contacts/{one}/merge", new { into = two }),
                service.Api.PostAsJsonAsync($"/api/contacts/{two}/merge", new { into = three }),
                service.Api.PostAsJsonAsync($"/api/contacts/{three}/merge", new { into = one }),
                service.Api.PostAsJsonAsync($"/api/contacts/{two}/merge", new { into = one }));

            answers.Select(answer => answer.StatusCode).Should().BeSubsetOf([HttpStatusCode.OK, HttpStatusCode.Conflict]);
            answers.Should().Contain(answer => answer.StatusCode == HttpStatusCode.OK).And.Contain(answer => answer.StatusCode == HttpStatusCode.Conflict);
            var stands = await service.Database.ScalarAsync<long>($"select count(*) from segmentation.contacts where id in ({one}, {two}, {three}) and merged_into is null");
            stands.Should().Be(3 - answers.Count(answer => answer.IsSuccessStatusCode), "each merge leaves one contact fewer that stands for itself").And.BePositive();
        }
    }

    [Fact]
    public void A_person_has_a_named_most_of_contacts()
    {
        PersonMember[] members =
        [
            new(1, null, null), .. Enumerable.Range(2, PersonTree.MaxMembers - 2).Select(id => new PersonMember(id, id % 2 == 0 ? 1 : id - 1, null)),
            new(500, null, null), new(600, null, null), new(601, 600, null), new(700, null, DateTimeOffset.UnixEpoch),
        ];
        var tree = new PersonTree(members);

        Merging.RefuseMerge(tree, 500, 1).Should().BeNull();
        Merging.RefuseMerge(tree, 600, 1)!.Detail.Should().Contain("at most 100 contacts; 600 is 2 and 1 is 99");
        Merging.RefuseMerge(tree, 700, 1)!.Status.Should().Be(410);
        Merging.RefuseMerge(tree, 500, 700)!.Should().BeEquivalentTo(new { Status = 409, Place = "/into" });
        Merging.RefuseUnmerge(tree, 700)!.Status.Should().Be(410);
        tree.Person(1).Should().StartWith([1L, 2L, 3L, 4L, 5L], "each comes before those merged into it").And.HaveCount(99);
    }

    private async Task<string> IdAsync(string identifier) => Text(await service.CardAsync(identifier), "contactId")!;

    private async Task<JsonElement> PostAsync(string path, object? body)
    {
        var answer = body is null ? await service.Api.PostAsync(path, null) : await service.Api.PostAsJsonAsync(path, body);
        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task RefusedAsync(string path, object? body, HttpStatusCode status, string pointer, string says)
    {
        var answer = body is null ? await service.Api.PostAsync(path, null) : await service.Api.PostAsJsonAsync(path, body);
        answer.StatusCode.Should().Be(status, path);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Text(problem, "detail").Should().Contain(says);
        Text(problem.GetProperty("errors")[0], "pointer").Should().Be(pointer);
    }

    // By pages of one, so that the order and the cursor are seen across streams.
    private async Task EventsPageAsync(string contact, params string[] expected)
    {
        var seen = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await service.GetAsync($"/api/contacts/{contact}/events?limit=1{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(e => $"{Text(e, "contactId")} {Text(e, "type")}"));
            cursor = Text(page, "next");
        }

        seen.Should().Equal(expected);
    }

    private static IEnumerable<string> Identifiers(JsonElement card) =>
        card.GetProperty("identifiers").EnumerateArray().Select(identifier => $"{Text(identifier, "kind")}:{Text(identifier, "value")}");

    private static IEnumerable<string?> Keys(JsonElement card) => card.GetProperty("segments").EnumerateArray().Select(segment => Text(segment, "key"));

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
