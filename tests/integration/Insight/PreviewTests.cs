using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.Segmentation.Insight;

namespace EventSegmentation.IntegrationTests.Insight;

public sealed class PreviewTests(Population population) : IClassFixture<Population>
{
    private const int Questions = 60;

    [Fact]
    public async Task A_preview_at_a_random_instant_counts_whom_the_reference_counts()
    {
        var random = new Random(population.Seed);
        for (var i = 0; i < Questions; i++)
        {
            var (condition, timeZone) = Population.Question(random);
            var at = Truncated(DateTimeOffset.UtcNow.AddMinutes(-random.Next((Population.Days + 5) * 24 * 60)));

            var preview = await population.AskAsync("/api/segments/preview", new { condition = JsonElement.Parse(condition), timeZone, at = at.ToString("O") });

            var because = $"{condition} in {timeZone} at {at:O}, seed {population.Seed}";
            var expected = await population.MembersAsync(condition, timeZone, at);
            preview.GetProperty("count").GetInt32().Should().Be(expected.Count, because);
            var sample = preview.GetProperty("sample").EnumerateArray().Select(contact => contact.GetString()!).ToArray();
            sample.Should().HaveCount(Math.Min(Preview.MaxSample, expected.Count), because).And.OnlyHaveUniqueItems().And.BeSubsetOf(expected, because);
            preview.GetProperty("contacts").GetInt32().Should().Be(Population.Contacts - 7, "six are merged and one is erased");
            preview.GetProperty("at").GetDateTimeOffset().Should().Be(at);
        }
    }

    [Fact]
    public async Task A_preview_of_now_agrees_with_the_live_segment_and_reads_only_what_matters()
    {
        foreach (var (key, condition) in Population.Segments)
        {
            var preview = await population.AskAsync("/api/segments/preview", new { condition = JsonElement.Parse(condition) });
            preview.GetProperty("count").GetInt32().Should().Be((await population.Service.MembersAsync(key)).Count, key);
            preview.GetProperty("sentence").GetString().Should().NotBeEmpty();
        }

        var orders = await population.AskAsync("/api/segments/preview", new { condition = JsonElement.Parse(Population.Segments["buyers"]) });
        var stored = await population.Service.Database.ScalarAsync<long>("""
            select count(*) from public.mt_events e join segmentation.contacts c on c.id::text = e.stream_id
            where e.type = 'event_recorded' and c.erased is null and e.data ->> 'EventType' = 'Order'
            """);
        orders.GetProperty("eventsRead").GetInt64().Should().Be(stored);
        var warned = await population.AskAsync("/api/segments/preview", new { condition = JsonElement.Parse("""{"event":"Logn"}""") });
        warned.GetProperty("count").GetInt32().Should().Be(0);
        warned.GetProperty("warnings")[0].GetString().Should().Contain("did you mean 'Login'?");
    }

    [Fact]
    public async Task A_stored_version_is_asked_about_like_the_condition_it_has()
    {
        const string planned = """{"event":"Workout","count":{"atLeast":2},"period":"last 30 days"}""";
        await population.Service.CreateSegmentAsync("growing", Population.Segments["buyers"]);
        foreach (var key in (string[])["planned", "growing"])
        {
            var answer = await population.Service.Api.PutAsJsonAsync($"/api/segments/{key}", new { name = key, draft = true, condition = JsonElement.Parse(planned) });
            if (answer.StatusCode == HttpStatusCode.NotFound)
                answer = await population.Service.Api.PostAsJsonAsync("/api/segments", new { key, name = key, draft = true, condition = JsonElement.Parse(planned) });
            answer.IsSuccessStatusCode.Should().BeTrue(await answer.Content.ReadAsStringAsync());
        }

        var at = DateTimeOffset.UtcNow.AddDays(-3).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
        var asked = await population.AskAsync("/api/segments/preview", new { condition = JsonElement.Parse(planned), at });
        asked.TryGetProperty("version", out _).Should().BeFalse("it is none");
        asked.GetProperty("count").GetInt32().Should().BePositive();
        foreach (var (body, version) in new (object, int)[] { (new { segment = "planned", at }, 1), (new { segment = "planned", version = 1, at }, 1), (new { segment = "growing", version = 2, at }, 2) })
        {
            var preview = await population.AskAsync("/api/segments/preview", body);
            preview.GetProperty("version").GetInt32().Should().Be(version, $"{body}");
            preview.GetProperty("sample").ToString().Should().Be(asked.GetProperty("sample").ToString(), $"{body}");
            preview.GetProperty("count").GetInt32().Should().Be(asked.GetProperty("count").GetInt32(), $"{body}");
        }

        (await population.AskAsync("/api/segments/preview", new { segment = "growing" })).GetProperty("count").GetInt32()
            .Should().Be((await population.Service.MembersAsync("growing")).Count, "the version that serves is the one that is meant");
        var run = await population.AskAsync("/api/segments/dry-run", new { segment = "growing", version = 2, days = 5 });
        run.GetProperty("version").GetInt32().Should().Be(2);
        run.GetProperty("size").GetInt32().Should().Be((await population.MembersAsync(planned, "UTC", DateTimeOffset.UtcNow)).Count, $"seed {population.Seed}");
    }

    [Fact]
    public async Task A_draft_that_refers_to_what_does_not_serve_cannot_be_previewed()
    {
        var answer = await population.Service.Api.PostAsJsonAsync(
            "/api/segments", new { key = "too-early", name = "too-early", draft = true, condition = JsonElement.Parse("""{"inSegment":"not-yet"}""") });
        answer.StatusCode.Should().Be(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());

        var refused = await population.Service.Api.PostAsJsonAsync("/api/segments/preview", new { segment = "too-early" });

        refused.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        (await refused.Content.ReadAsStringAsync()).Should().Contain("Version 1 of 'too-early' refers to the segment 'not-yet', which does not serve.");
    }

    [Theory]
    [InlineData("""{"condition":{"all":[]},"at":"2999-01-01T00:00:00Z"}""", "/at", "in the future")]
    [InlineData("""{"condition":{"all":[]},"at":"yesterday"}""", "/at", "at is an instant")]
    [InlineData("""{"condition":{"all":[]},"timeZone":"Europe/Berlni"}""", "/timeZone", "Europe/Berlin")]
    [InlineData("""{"condition":{"all":[]},"timeZone":7}""", "/timeZone", "a Number came")]
    [InlineData("""{"condition":{"inSegment":"buyerz"}}""", "/condition", "did you mean 'buyers'?")]
    [InlineData("""{"condition":{"any":[{"event":"A","period":"lately"}]}}""", "/condition/any/0/period", "lately")]
    [InlineData("""{"conditions":{}}""", "/conditions", "it has condition, timeZone, segment, version, at")]
    [InlineData("""{}""", "/condition", "A condition is needed")]
    [InlineData("""{"version":1}""", "/version", "version is that of a segment")]
    [InlineData("""{"segment":"buyers","version":0}""", "/version", "from 1; 0 came")]
    [InlineData("""{"segment":"buyers","version":77}""", "/version", "no version 77 of the segment 'buyers'")]
    [InlineData("""{"segment":7}""", "/segment", "a Number came")]
    [InlineData("""{"segment":"buyers","timeZone":"UTC"}""", "/segment", "not both")]
    [InlineData("""{"segment":"buyerz","version":1}""", "/segment", "did you mean 'buyers'?")]
    [InlineData("""[]""", "", "is a JSON object")]
    public async Task What_cannot_be_previewed_is_refused_where_it_is_wrong(string body, string place, string says)
    {
        using var content = new StringContent(body, null, "application/json");

        var answer = await population.Service.Api.PostAsync("/api/segments/preview", content);

        answer.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        var errors = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").EnumerateArray().ToArray();
        errors.Should().Contain(error => error.GetProperty("pointer").GetString() == place && error.GetProperty("detail").GetString()!.Contains(says));
    }

    private static DateTimeOffset Truncated(DateTimeOffset instant) => new(instant.Ticks - (instant.Ticks % TimeSpan.TicksPerMicrosecond), instant.Offset);
}
