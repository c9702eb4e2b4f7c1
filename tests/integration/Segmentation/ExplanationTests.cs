using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using static EventSegmentation.IntegrationTests.Segmentation.SegmentationService;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>Why a contact is in a segment, asked by the API. The meaning of the tree is tested with the evaluator.</summary>
public sealed class ExplanationTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task Each_node_says_what_it_found_for_a_person_now_and_in_the_past()
    {
        await service.SwitchOnAsync("Ran");
        await service.CreateSegmentAsync("runners", """{"all":[{"event":"Ran","count":{"atLeast":2},"period":"last 30 days"},{"not":{"contact":"plan","is":"free"}}]}""");
        await service.SendAsync(Event("Ran", new { Email = "one@run.example" }), Event("Ran", new { Email = "two@run.example" }));
        var (one, two) = (await IdAsync("email:one@run.example"), await IdAsync("email:two@run.example"));

        var alone = await service.GetAsync($"/api/contacts/{one}/segments/runners/explain");
        alone.GetProperty("holds").GetBoolean().Should().BeFalse();
        Figure(alone).GetProperty("value").GetInt32().Should().Be(1);

        (await service.Api.PostAsJsonAsync($"/api/contacts/{one}/merge", new { into = two })).StatusCode.Should().Be(HttpStatusCode.OK);
        var united = await service.GetAsync($"/api/contacts/{one}/segments/runners/explain");

        united.GetProperty("contactId").GetString().Should().Be(two);
        united.GetProperty("holds").GetBoolean().Should().BeTrue();
        united.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("holds").GetBoolean()).Should().Equal(true, true);
        Figure(united).GetProperty("kind").GetString().Should().Be("count");
        Figure(united).GetProperty("value").GetInt32().Should().Be(2);
        united.GetProperty("parts")[0].GetProperty("events").GetArrayLength().Should().Be(2);
        var due = united.GetProperty("changesAt").GetDateTimeOffset();
        due.Should().Be(united.GetProperty("parts")[0].GetProperty("changesAt").GetDateTimeOffset()).And.BeAfter(DateTimeOffset.UtcNow.AddDays(29));

        var before = await service.GetAsync($"/api/contacts/{two}/segments/runners/explain?at={DateTimeOffset.UtcNow.AddDays(-1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}");
        before.GetProperty("holds").GetBoolean().Should().BeFalse();
        Figure(before).GetProperty("value").GetInt32().Should().Be(0);
    }

    [Theory]
    [InlineData("/api/contacts/99/segments/known/explain", 404, "no contact '99'")]
    [InlineData("/api/contacts/ID/segments/none/explain", 404, "no segment 'none'")]
    [InlineData("/api/contacts/ID/segments/known/explain?at=yesterday", 400, "at is an instant")]
    [InlineData("/api/contacts/ID/segments/known/explain?at=2999-01-01T00:00:00Z", 422, "in the future")]
    public async Task What_cannot_be_explained_is_refused(string path, int status, string says)
    {
        await service.SwitchOnAsync("Ran");
        await service.Api.PostAsJsonAsync("/api/segments", new { key = "known", name = "Known", condition = JsonElement.Parse("""{"event":"Ran"}""") });
        await service.SendAsync(Event("Ran", new { Email = "refused@run.example" }));
        var id = await IdAsync("email:refused@run.example");

        var answer = await service.Api.GetAsync(path.Replace("ID", id, StringComparison.Ordinal));

        ((int)answer.StatusCode).Should().Be(status);
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString().Should().Contain(says);
    }

    private static JsonElement Figure(JsonElement explanation) => explanation.GetProperty("parts")[0].GetProperty("figure");

    private async Task<string> IdAsync(string identifier) => (await service.CardAsync(identifier)).GetProperty("contactId").GetString()!;
}
