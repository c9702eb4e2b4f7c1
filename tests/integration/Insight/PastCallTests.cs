using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace EventSegmentation.IntegrationTests.Insight;

public sealed class PastCallTests(Population population) : IClassFixture<Population>
{
    [Fact]
    public async Task Growth_ends_with_the_members_of_now_and_begins_with_nobody()
    {
        var growth = await population.Service.GetAsync("/api/segments/active/growth");

        var days = growth.GetProperty("items").EnumerateArray().ToArray();
        days.Should().HaveCount(30);
        growth.GetProperty("sizeBefore").GetInt32().Should().Be(0, "the segment is new");
        days[^1].GetProperty("size").GetInt32().Should().Be((await population.Service.MembersAsync("active")).Count);
        var today = days[^1].GetProperty("day").GetString();
        var one = await population.Service.GetAsync($"/api/segments/active/growth?from={today}&to={today}");
        one.GetProperty("items").GetArrayLength().Should().Be(1);
    }

    [Fact]
    public async Task Members_at_an_instant_are_paged_like_members_and_nobody_was_there_before_the_segment()
    {
        var now = await MembersAsync($"/api/segments/buyers/members?at={DateTimeOffset.UtcNow:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}");
        now.Should().Equal(await population.Service.MembersAsync("buyers"));
        (await MembersAsync("/api/segments/buyers/members?at=2020-01-01T00:00:00Z")).Should().BeEmpty();
    }

    [Fact]
    public async Task An_archived_segment_still_says_what_was()
    {
        await population.Service.CreateSegmentAsync("for-a-while", """{"event":"Login","period":"all time"}""");
        var members = await population.Service.MembersAsync("for-a-while");
        var at = $"{DateTimeOffset.UtcNow:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}";
        (await population.Service.Api.DeleteAsync("/api/segments/for-a-while")).StatusCode.Should().Be(HttpStatusCode.NoContent);
        await Eventually.BecomesAsync(
            () => population.Service.GetAsync("/api/segments/for-a-while/growth"),
            growth => growth.GetProperty("items").EnumerateArray().Last().GetProperty("size").GetInt32() == 0, "everybody having left");

        (await MembersAsync($"/api/segments/for-a-while/members?at={at}")).Should().Equal(members).And.NotBeEmpty();
    }

    [Theory]
    [InlineData("/api/segments/never-was/growth", 404, "never was")]
    [InlineData("/api/segments/never-was/members?at=2026-01-01T00:00:00Z", 404, "never was")]
    [InlineData("/api/segments/active/members?at=noon", 400, "at is an instant")]
    [InlineData("/api/segments/active/members?at=2999-01-01T00:00:00Z", 422, "in the future")]
    [InlineData("/api/segments/active/growth?from=May", 400, "from is a day")]
    [InlineData("/api/segments/active/growth?to=2999-01-01", 422, "in the future")]
    [InlineData("/api/segments/active/growth?from=2026-01-02&to=2026-01-01", 422, "from is not after to")]
    [InlineData("/api/segments/active/growth?from=2024-01-01&to=2026-01-01", 422, "at most 400 days")]
    public async Task What_the_past_cannot_say_is_refused(string path, int status, string says)
    {
        var answer = await population.Service.Api.GetAsync(path);

        ((int)answer.StatusCode).Should().Be(status);
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString().Should().Contain(says);
    }

    private async Task<string[]> MembersAsync(string path)
    {
        var members = new List<string>();
        for (string? cursor = null, query = ""; ; query = $"&cursor={cursor}")
        {
            var page = await population.Service.GetAsync($"{path}&limit=20{query}");
            members.AddRange(page.GetProperty("items").EnumerateArray().Select(member => member.GetProperty("contactId").GetString()!));
            cursor = page.GetProperty("next").GetString();
            if (cursor is null)
                return [.. members];
        }
    }
}
