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
        (await service.Database.ScalarAsync<bool>("select exists (select from segmentation.contact_states where state is not null)")).Should().BeFalse();

        await service.SendAsync(Event("Met", new { Email = "goes@person.example" }));
        (await IdAsync("email:goes@person.example")).Should().NotBe(goes).And.NotBe(stays);
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
