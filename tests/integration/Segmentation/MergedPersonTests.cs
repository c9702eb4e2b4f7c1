using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.Contracts;
using static EventSegmentation.IntegrationTests.Segmentation.SegmentationService;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>What may be done with a person of two contacts: all of it through the one that stands for both.</summary>
public sealed class MergedPersonTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task Through_the_survivor_a_person_is_read_exported_and_erased_as_a_whole()
    {
        await service.SwitchOnAsync("Met");
        await service.CreateSegmentAsync("met-twice", """{"event":"Met","count":{"atLeast":2},"period":"all time"}""");
        await service.SendAsync(Event("Met", new { Email = "goes@person.example" }), Event("Met", new { Email = "stays@person.example" }));
        var (goes, stays) = (await IdAsync("email:goes@person.example"), await IdAsync("email:stays@person.example"));
        (await service.Api.PostAsJsonAsync($"/api/contacts/{goes}/merge", new { into = stays })).StatusCode.Should().Be(HttpStatusCode.OK);

        await RefusedAsync(await service.Api.PatchAsJsonAsync($"/api/contacts/{goes}", new { fields = new { plan = "free" } }), goes, stays);
        await RefusedAsync(await service.Api.DeleteAsync($"/api/contacts/{goes}"), goes, stays);

        var history = await service.GetAsync($"/api/events?contact={stays}");
        history.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("contactId").GetString()).Should().BeEquivalentTo([goes, stays]);

        var export = await service.GetAsync($"/api/contacts/{stays}/export");
        Emails(export.GetProperty("card")).Should().Equal("stays@person.example");
        var merged = export.GetProperty("mergedContacts").EnumerateArray().Should().ContainSingle().Which;
        merged.GetProperty("contactId").GetString().Should().Be(goes);
        Emails(merged.GetProperty("card")).Should().Equal("goes@person.example");
        merged.GetProperty("facts").GetArrayLength().Should().Be(3, "it was created, met, and was merged");

        (await service.Api.DeleteAsync($"/api/contacts/{stays}")).StatusCode.Should().Be(HttpStatusCode.NoContent);

        await service.Transitions.NextAsync(
            received => received.Transition is { SegmentKey: "met-twice", Kind: TransitionKind.Exited, Cause: TransitionCause.Erasure } left && left.ContactId == stays, "the exit");
        foreach (var erased in new[] { goes, stays })
            (await service.Api.GetAsync($"/api/contacts/{erased}")).StatusCode.Should().Be(HttpStatusCode.Gone);
        (await service.Database.ScalarAsync<bool>("select exists (select from public.mt_events where data::text like '%person.example%')")).Should().BeFalse();
        (await service.Database.ScalarAsync<bool>($"select exists (select from segmentation.contact_states where state is not null and contact_id in ({goes}, {stays}))")).Should().BeFalse();

        await service.SendAsync(Event("Met", new { Email = "goes@person.example" }));
        (await IdAsync("email:goes@person.example")).Should().NotBe(goes).And.NotBe(stays);
    }

    [Fact]
    public async Task What_a_merged_contact_has_stands_already_and_cannot_be_taken_off_through_the_survivor()
    {
        await service.SwitchOnAsync("Kept");
        await service.SendAsync(Event("Kept", new { Email = "goes@kept.example", PushToken = "kept-1" }), Event("Kept", new { Phone = "stays-kept" }));
        var (goes, stays) = (await IdAsync("email:goes@kept.example"), await IdAsync("phone:stays-kept"));
        (await service.Api.PatchAsJsonAsync($"/api/contacts/{goes}", new { fields = new { plan = "free" } })).EnsureSuccessStatusCode();
        (await service.Api.PostAsJsonAsync($"/api/contacts/{goes}/merge", new { into = stays })).EnsureSuccessStatusCode();

        foreach (var removal in new object[]
        {
            new { fields = new Dictionary<string, string?> { ["plan"] = null } },
            new { identifiers = new[] { new { kind = "email", value = (string?)null } } },
            new { identifiers = new[] { new { kind = "pushToken", value = "kept-1", remove = true } } },
        })
        {
            var refused = await service.Api.PatchAsJsonAsync($"/api/contacts/{stays}", removal);
            refused.StatusCode.Should().Be(HttpStatusCode.Conflict);
            (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()
                .Should().Contain($"'{goes}'").And.Contain($"POST /api/contacts/{goes}/unmerge");
        }

        var same = await service.Api.PatchAsJsonAsync($"/api/contacts/{stays}", new { identifiers = new[] { new { kind = "email", value = "GOES@kept.example" } } });
        same.StatusCode.Should().Be(HttpStatusCode.OK, await same.Content.ReadAsStringAsync());
        Emails(await same.Content.ReadFromJsonAsync<JsonElement>()).Should().Contain("goes@kept.example");
        (await service.Database.ScalarAsync<long>($"select count(*) from public.mt_events where stream_id = '{stays}' and type = 'contact_edited'")).Should().Be(0);
    }

    private async Task<string> IdAsync(string identifier) => (await service.CardAsync(identifier)).GetProperty("contactId").GetString()!;

    private static async Task RefusedAsync(HttpResponseMessage answer, string goes, string stays)
    {
        answer.StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()
            .Should().Contain($"merged into '{stays}'").And.Contain($"/api/contacts/{goes}/unmerge");
    }

    private static IEnumerable<string?> Emails(JsonElement card) =>
        card.GetProperty("identifiers").EnumerateArray().Select(identifier => identifier.GetProperty("value").GetString());
}
