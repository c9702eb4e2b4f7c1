using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.Contracts;
using static EventSegmentation.IntegrationTests.Segmentation.SegmentationService;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>Cards, what changes them, and the additional fields.</summary>
public sealed class ContactCardTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task A_field_that_is_edited_lets_a_contact_enter_and_leave_at_once_with_the_cause_contact()
    {
        await service.SwitchOnAsync("Card");
        await service.CreateSegmentAsync("enterprise", """{"contact":"plan","is":"enterprise"}""");
        await service.CreateSegmentAsync("trial-ends", """{"contact":"trialEnds","during":"in exactly 3 days"}""");
        await service.CreateSegmentAsync("by-mail", """{"contact":"email","endsWith":"@edited.example"}""");
        var id = await ContactAsync("edited");
        var inThreeDays = DateTimeOffset.UtcNow.AddDays(3).ToString("yyyy-MM-dd");

        var card = await PatchAsync(id, $$"""{"fields":{"plan":"enterprise","trialEnds":"{{inThreeDays}}"},"identifiers":[{"kind":"email","value":"Ada@Edited.example"}]}""");

        Segments(card).Should().BeEquivalentTo(["by-mail", "enterprise", "trial-ends"], "the call waits for what follows from it");
        var entered = await service.Transitions.NextAsync(received => received.Transition is { SegmentKey: "enterprise", Kind: TransitionKind.Entered }, "the entry");
        (entered.Transition.ContactId, entered.Transition.Cause).Should().Be((id, TransitionCause.Contact));
        entered.Transition.Identifiers.Should().Contain(new ContactIdentifier("email", "Ada@Edited.example"));

        Segments(await PatchAsync(id, """{"fields":{"plan":null},"identifiers":[{"kind":"email","value":null}]}""")).Should().BeEquivalentTo(["trial-ends"]);
        var exited = await service.Transitions.NextAsync(received => received.Transition is { SegmentKey: "enterprise", Kind: TransitionKind.Exited }, "the exit");
        (exited.Transition.ContactId, exited.Transition.Cause).Should().Be((id, TransitionCause.Contact));
    }

    [Fact]
    public async Task A_new_segment_knows_the_fields_that_were_edited_before()
    {
        var id = await ContactAsync("early");
        await PatchAsync(id, """{"fields":{"city":"London"}}""");
        await PatchAsync(id, """{"fields":{"city":"Paris","zip":"75001"}}""");

        await service.CreateSegmentAsync("in-paris", """{"contact":"city","is":"Paris"}""");
        await service.CreateSegmentAsync("in-london", """{"contact":"city","is":"London"}""");

        (await service.MembersAsync("in-paris")).Should().Equal(id);
        (await service.MembersAsync("in-london")).Should().BeEmpty();
    }

    [Fact]
    public async Task The_card_shows_typed_fields_identifiers_and_the_latest_events()
    {
        await service.SwitchOnAsync("Card");
        await service.SendAsync([.. Enumerable.Range(0, 12).Select(i => Event("Card", new { ContactId = "shown", ContactKey = "key-of-shown", i }))]);
        var id = (await service.CardAsync("contactId:shown")).GetProperty("contactId").GetString()!;

        var card = await PatchAsync(id, """{"fields":{"score":5.50,"vip":true,"tags":["a","b"],"address":{"city":"Lviv"},"since":"2024-02-29"}}""");

        card.GetProperty("fields").GetRawText().Should().Be(
            """{"ContactKey":"key-of-shown","address":{"city":"Lviv"},"score":5.50,"since":"2024-02-29","tags":["a","b"],"vip":true}""");
        Identifiers(card).Should().BeEquivalentTo("contactId:shown", "ContactKey:key-of-shown");
        card.GetProperty("recentEvents").EnumerateArray().Select(e => e.GetProperty("params").GetProperty("i").GetInt32()).Should().Equal(Enumerable.Range(2, 10).Reverse());
        var fields = (await service.GetAsync("/api/contact-fields")).GetProperty("items").EnumerateArray().Select(field => field.GetRawText());
        fields.Should().Contain("""{"name":"ContactKey","type":"text","identifies":true}""").And.Contain("""{"name":"since","type":"date","identifies":false}""");
    }

    [Theory]
    [InlineData("hue:green", 2)]
    [InlineData("hue:Green", 0)]
    [InlineData("level:3", 1)]
    [InlineData("loud:true", 1)]
    [InlineData("likes:tea", 1)]
    [InlineData("nothing:green", 0)]
    [InlineData("ContactKey:by-field-1", 1)]
    public async Task Contacts_are_found_by_the_values_of_their_fields(string identifier, int expected)
    {
        var first = await ContactAsync("by-field-1");
        var second = await ContactAsync("by-field-2");
        await PatchAsync(first, """{"fields":{"hue":"green","level":3,"likes":["tea","rain"],"ContactKey":"by-field-1"}}""");
        await PatchAsync(second, """{"fields":{"hue":"green","loud":true}}""");

        var found = new List<string>();
        for (string? next = null; found.Count == 0 || next is not null;)
        {
            var page = await service.GetAsync($"/api/contacts?limit=1&identifier={Uri.EscapeDataString(identifier)}{(next is null ? "" : $"&cursor={next}")}");
            found.AddRange(page.GetProperty("items").EnumerateArray().Select(card => card.GetProperty("contactId").GetString()!));
            next = page.GetProperty("next").GetString();
            if (next is null)
                break;
        }

        found.Should().HaveCount(expected).And.OnlyHaveUniqueItems().And.BeSubsetOf([first, second]);
    }

    [Fact]
    public async Task A_change_is_one_fact_and_no_change_is_none()
    {
        var id = await ContactAsync("facts");
        var before = await VersionAsync(id);

        await PatchAsync(id, """{"fields":{"a1":1,"a2":2},"identifiers":[{"kind":"phone","value":"111"},{"kind":"pushToken","value":"t"}]}""");
        await PatchAsync(id, """{"fields":{"a1":1},"identifiers":[{"kind":"phone","value":"111"}]}""");
        await PatchAsync(id, """{}""");

        (await VersionAsync(id)).Should().Be(before + 1);
    }

    [Fact]
    public async Task An_edited_identifier_finds_the_contact_of_the_next_event()
    {
        var id = await ContactAsync("next-event");
        await PatchAsync(id, """{"identifiers":[{"kind":"externalId","value":"x-next"},{"kind":"contactId","value":"alias-next"}]}""");

        await service.SendAsync(Event("Card", new { externalCustomerId = "x-next", n = 1 }), Event("Card", new { ContactId = "alias-next", n = 2 }));

        await Eventually.BecomesAsync(() => service.GetAsync($"/api/contacts/{id}/events"), events => events.GetProperty("items").GetArrayLength() == 3, "both events on the card");
    }

    [Fact]
    public async Task An_identifier_of_somebody_else_is_not_taken()
    {
        await service.SwitchOnAsync("Card");
        await service.SendAsync(Event("Card", new { ContactId = "owner", Email = "owned@example.com", ContactKey = "owned-key" }));
        var owner = (await service.CardAsync("contactId:owner")).GetProperty("contactId").GetString()!;
        var thief = await ContactAsync("thief");

        foreach (var (body, pointer) in new[]
        {
            ("""{"identifiers":[{"kind":"email","value":"OWNED@example.com"}]}""", "/identifiers/0"),
            ("""{"identifiers":[{"kind":"phone","value":"5"},{"kind":"contactId","value":"owner"}]}""", "/identifiers/1"),
            ($$"""{"identifiers":[{"kind":"contactId","value":"{{owner}}"}]}""", "/identifiers/0"),
            ("""{"fields":{"ContactKey":"owned-key"}}""", "/fields/ContactKey"),
        })
        {
            var answer = await SendPatchAsync(thief, body);
            answer.StatusCode.Should().Be(HttpStatusCode.Conflict, body);
            var error = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").EnumerateArray().Single();
            error.GetProperty("pointer").GetString().Should().Be(pointer);
            error.GetProperty("detail").GetString().Should().Contain($"'{owner}'").And.Contain("merge").And.Contain($"PATCH /api/contacts/{owner}");
        }

        Identifiers(await service.GetAsync($"/api/contacts/{thief}")).Should().Equal("contactId:thief");
    }

    [Fact]
    public async Task Of_two_who_claim_one_address_at_the_same_moment_one_gets_it()
    {
        string[] rivals = [await ContactAsync("rival-1"), await ContactAsync("rival-2")];
        for (var round = 0; round < 10; round++)
        {
            var body = $$"""{"identifiers":[{"kind":"email","value":"rivals-{{round}}@example.com"}]}""";
            var answers = await Task.WhenAll(rivals.Select(id => SendPatchAsync(id, body)));
            answers.Select(answer => answer.StatusCode).Should().BeEquivalentTo([HttpStatusCode.OK, HttpStatusCode.Conflict]);
        }
    }

    [Theory]
    [InlineData("""{"fields":{"typed":"text"}}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"identifiers":[{"kind":"fax","value":"1"}]}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"fields":{"created":"2026-01-01"}}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{bad""", HttpStatusCode.BadRequest)]
    public async Task What_is_wrong_with_a_change_is_refused(string body, HttpStatusCode expected)
    {
        var id = await ContactAsync("refused");
        await PatchAsync(id, """{"fields":{"typed":5}}""");

        (await SendPatchAsync(id, body)).StatusCode.Should().Be(expected);
    }

    [Theory]
    [InlineData("999999999")]
    [InlineData("nobody")]
    public async Task An_unknown_contact_is_not_found(string id)
    {
        (await SendPatchAsync(id, "{}")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await service.Api.DeleteAsync($"/api/contacts/{id}")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await service.Api.GetAsync($"/api/contacts/{id}/export")).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Only_an_admin_key_changes_exports_and_erases()
    {
        var id = await ContactAsync("guarded");
        using var reader = service.Reader();

        (await reader.PatchAsJsonAsync($"/api/contacts/{id}", new { })).StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await reader.DeleteAsync($"/api/contacts/{id}")).StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await reader.GetAsync($"/api/contacts/{id}/export")).StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await reader.PutAsJsonAsync("/api/contact-fields/guarded", new { type = "text" })).StatusCode.Should().Be(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_field_keeps_its_type_and_its_place_while_contacts_hold_values_of_it()
    {
        var id = await ContactAsync("typed");
        await PutFieldAsync("renewal", "date", HttpStatusCode.OK);
        await PatchAsync(id, """{"fields":{"renewal":"2026-08-01"}}""");

        (await PutFieldAsync("renewal", "number", HttpStatusCode.Conflict)).Should().Contain($"for example {id}");
        (await DetailAsync(await service.Api.DeleteAsync("/api/contact-fields/renewal"))).Should().Contain($"for example {id}");
        await PutFieldAsync("renewal", "text", HttpStatusCode.OK);
        await PatchAsync(id, """{"fields":{"renewal":"never"}}""");
        (await PutFieldAsync("renewal", "date", HttpStatusCode.Conflict)).Should().Contain("no date");

        await PatchAsync(id, """{"fields":{"renewal":null}}""");
        await PutFieldAsync("renewal", "number", HttpStatusCode.OK);
        (await service.Api.DeleteAsync("/api/contact-fields/renewal")).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await service.Api.DeleteAsync("/api/contact-fields/renewal")).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("ContactKey", "number", HttpStatusCode.Conflict)]
    [InlineData("ContactKey", "text", HttpStatusCode.OK)]
    [InlineData("LastSeen", "date", HttpStatusCode.UnprocessableEntity)]
    [InlineData("pushtoken", "text", HttpStatusCode.UnprocessableEntity)]
    [InlineData("odd", "instant", HttpStatusCode.UnprocessableEntity)]
    [InlineData("with%2Fslash", "text", HttpStatusCode.OK)]
    public async Task Names_and_types_of_fields(string name, string type, HttpStatusCode expected) => await PutFieldAsync(name, type, expected);

    [Fact]
    public async Task The_field_of_the_system_stays() =>
        (await service.Api.DeleteAsync("/api/contact-fields/ContactKey")).StatusCode.Should().Be(HttpStatusCode.Conflict);

    [Fact]
    public async Task The_export_has_everything_of_a_contact_in_one_document()
    {
        await service.SwitchOnAsync("Card");
        await service.CreateSegmentAsync("exported", """{"contact":"colour","is":"blue"}""");
        await service.SendAsync(Event("Card", new { ContactId = "exported", Email = "Exported@example.com", note = "remember" }, id: "exported-1"));
        var id = (await service.CardAsync("contactId:exported")).GetProperty("contactId").GetString()!;
        await PatchAsync(id, """{"fields":{"colour":"blue"}}""");

        var answer = await service.Api.GetAsync($"/api/contacts/{id}/export");

        answer.Content.Headers.ContentDisposition!.ToString().Should().Be($"attachment; filename=\"contact-{id}.json\"");
        var export = await answer.Content.ReadFromJsonAsync<JsonElement>();
        export.GetProperty("facts").EnumerateArray().Select(fact => fact.GetProperty("type").GetString()).Should().Equal("contact_created", "event_recorded", "contact_edited");
        export.GetProperty("facts")[1].GetProperty("data").GetProperty("Params").GetProperty("note").GetString().Should().Be("remember");
        export.GetProperty("card").GetProperty("fields").GetRawText().Should().Be("""{"colour":"blue"}""");
        Identifiers(export.GetProperty("card")).Should().BeEquivalentTo("contactId:exported", "email:Exported@example.com");
        export.GetProperty("segments")[0].GetProperty("key").GetString().Should().Be("exported");
        export.GetProperty("transitions")[0].GetProperty("kind").GetString().Should().Be("entered");
    }

    private async Task<string> ContactAsync(string alias)
    {
        await service.SwitchOnAsync("Card");
        await service.SendAsync(Event("Card", new { ContactId = alias }, id: $"card-of-{alias}"));
        return (await service.CardAsync($"contactId:{alias}")).GetProperty("contactId").GetString()!;
    }

    private Task<HttpResponseMessage> SendPatchAsync(string id, string body) =>
        service.Api.PatchAsync($"/api/contacts/{id}", new StringContent(body, null, "application/json"));

    private async Task<JsonElement> PatchAsync(string id, string body)
    {
        var answer = await SendPatchAsync(id, body);
        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<string> PutFieldAsync(string name, string type, HttpStatusCode expected)
    {
        var answer = await service.Api.PutAsJsonAsync($"/api/contact-fields/{name}", new { type });
        answer.StatusCode.Should().Be(expected, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadAsStringAsync();
    }

    private Task<long> VersionAsync(string id) => service.Database.ScalarAsync<long>($"select version from public.mt_streams where id = '{id}'");

    private static async Task<string?> DetailAsync(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString();

    private static IEnumerable<string?> Segments(JsonElement card) => card.GetProperty("segments").EnumerateArray().Select(segment => segment.GetProperty("key").GetString());

    private static IEnumerable<string> Identifiers(JsonElement card) =>
        card.GetProperty("identifiers").EnumerateArray().Select(identifier => $"{identifier.GetProperty("kind").GetString()}:{identifier.GetProperty("value").GetString()}");
}
