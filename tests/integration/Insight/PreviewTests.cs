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

    [Theory]
    [InlineData("""{"condition":{"all":[]},"at":"2999-01-01T00:00:00Z"}""", "/at", "in the future")]
    [InlineData("""{"condition":{"all":[]},"at":"yesterday"}""", "/at", "at is an instant")]
    [InlineData("""{"condition":{"all":[]},"timeZone":"Europe/Berlni"}""", "/timeZone", "Europe/Berlin")]
    [InlineData("""{"condition":{"all":[]},"timeZone":7}""", "/timeZone", "a Number came")]
    [InlineData("""{"condition":{"inSegment":"buyerz"}}""", "/condition", "did you mean 'buyers'?")]
    [InlineData("""{"condition":{"any":[{"event":"A","period":"lately"}]}}""", "/condition/any/0/period", "lately")]
    [InlineData("""{"conditions":{}}""", "/conditions", "it has condition, timeZone, at")]
    [InlineData("""{}""", "/condition", "A condition is needed")]
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
