using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.IntegrationTests.Insight;

public sealed class DryRunTests(Population population) : IClassFixture<Population>
{
    private const int Questions = 12;

    [Fact]
    public async Task The_size_at_the_end_of_a_day_is_the_preview_at_that_instant()
    {
        var random = new Random(population.Seed);
        for (var i = 0; i < Questions; i++)
        {
            var (condition, timeZone) = Population.Question(random);
            var days = 1 + random.Next(20);

            var run = await population.AskAsync("/api/segments/dry-run", new { condition = JsonElement.Parse(condition), timeZone, days });

            var because = $"{condition} in {timeZone}, seed {population.Seed}";
            var items = run.GetProperty("days").EnumerateArray().ToArray();
            items.Should().HaveCount(days);
            var (from, to) = (run.GetProperty("from").GetDateTimeOffset(), run.GetProperty("to").GetDateTimeOffset());
            items[^1].GetProperty("day").GetString().Should().Be(ZoneDays.DayAt(to, timeZone).ToString("O", CultureInfo.InvariantCulture));
            var size = run.GetProperty("sizeBefore").GetInt64();
            (await population.MembersAsync(condition, timeZone, from.AddMicroseconds(-1))).Should().HaveCount((int)size, because);
            foreach (var item in items)
            {
                size += item.GetProperty("entered").GetInt64() - item.GetProperty("exited").GetInt64();
                item.GetProperty("size").GetInt64().Should().Be(size, because);
                var end = ZoneDays.Start(DateOnly.Parse(item.GetProperty("day").GetString()!, CultureInfo.InvariantCulture).AddDays(1), timeZone).AddMicroseconds(-1);
                (await population.MembersAsync(condition, timeZone, end < to ? end : to)).Should().HaveCount((int)size, $"{item.GetProperty("day")}: {because}");
            }

            run.GetProperty("size").GetInt64().Should().Be(size, because);
            run.GetProperty("entered").GetInt64().Should().Be(items.Sum(item => item.GetProperty("entered").GetInt64()));
            run.GetProperty("exited").GetInt64().Should().Be(items.Sum(item => item.GetProperty("exited").GetInt64()));
        }
    }

    [Fact]
    public async Task The_overlap_with_live_segments_is_exact()
    {
        var run = await population.AskAsync("/api/segments/dry-run", new { segment = "active", days = 3 });

        var active = await population.Service.MembersAsync("active");
        run.GetProperty("size").GetInt32().Should().Be(active.Count);
        var expected = new Dictionary<string, (int Both, int Size)>();
        foreach (var key in Population.Segments.Keys)
        {
            var members = await population.Service.MembersAsync(key);
            if (members.Intersect(active).Count() is > 0 and var both)
                expected[key] = (both, members.Count);
        }

        run.GetProperty("overlap").EnumerateArray().ToDictionary(
                share => share.GetProperty("key").GetString()!,
                share => (share.GetProperty("both").GetInt32(), share.GetProperty("size").GetInt32()))
            .Should().BeEquivalentTo(expected, $"seed {population.Seed}");
        expected.Should().ContainKey("active").And.NotContainKey("sleeping");
    }

    [Theory]
    [InlineData("""{"condition":{"all":[]},"days":91}""", "/days", "from 1 to 90; 91 came")]
    [InlineData("""{"condition":{"all":[]},"days":0}""", "/days", "from 1 to 90")]
    [InlineData("""{"condition":{"all":[]},"segment":"active"}""", "/segment", "not both")]
    [InlineData("""{"segment":"actve"}""", "/segment", "did you mean 'active'?")]
    [InlineData("""{"days":3}""", "/condition", "A condition is needed")]
    public async Task What_cannot_be_replayed_is_refused_where_it_is_wrong(string body, string place, string says)
    {
        using var content = new StringContent(body, null, "application/json");

        var answer = await population.Service.Api.PostAsync("/api/segments/dry-run", content);

        answer.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        var errors = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").EnumerateArray().ToArray();
        errors.Should().Contain(error => error.GetProperty("pointer").GetString() == place && error.GetProperty("detail").GetString()!.Contains(says));
    }
}
