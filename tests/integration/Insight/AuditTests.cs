using System.Text.Json;
using EventSegmentation.Segmentation.Insight;

namespace EventSegmentation.IntegrationTests.Insight;

public sealed class AuditTests(Population population) : IClassFixture<Population>
{
    [Fact]
    public async Task The_overlap_of_all_pairs_is_that_of_their_members_one_by_one()
    {
        var members = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var key in Population.Segments.Keys)
            members[key] = await population.Service.MembersAsync(key);
        var expected =
            (from one in members
             from other in members
             where string.CompareOrdinal(one.Key, other.Key) < 0 && one.Value.Intersect(other.Value).Any()
             let both = one.Value.Intersect(other.Value).Count()
             select (one.Key, other.Key, one.Value.Count, other.Value.Count, both)).ToArray();

        var table = await population.Service.GetAsync("/api/audit/overlaps?limit=1000");

        var pairs = table.GetProperty("items").EnumerateArray().ToArray();
        pairs.Select(pair => (Text(pair, "one"), Text(pair, "other"), pair.GetProperty("oneSize").GetInt32(), pair.GetProperty("otherSize").GetInt32(), pair.GetProperty("both").GetInt32()))
            .Where(pair => Population.Segments.ContainsKey(pair.Item1) && Population.Segments.ContainsKey(pair.Item2))
            .Should().BeEquivalentTo(expected, $"seed {population.Seed}");
        pairs.Select(pair => pair.GetProperty("share").GetDouble()).Should().BeInDescendingOrder().And.OnlyContain(share => share > 0 && share <= 1);
        var first = await population.Service.GetAsync("/api/audit/overlaps?segment=loyal&limit=1");
        first.GetProperty("items").EnumerateArray().Should().ContainSingle().Which.ToString().Should().Contain("loyal");
    }

    [Fact]
    public async Task An_audit_says_of_each_segment_how_large_it_is_how_it_grew_and_what_is_hardly_meant()
    {
        await population.Service.CreateSegmentAsync("nobody", """{"event":"Login","count":{"atLeast":900},"period":"last 1 hour"}""");
        await population.Service.CreateSegmentAsync("impossible", """{"all":[{"event":"Login"},{"not":{"event":"Login"}}]}""");
        await population.Service.CreateSegmentAsync("buyers-again", Population.Segments["buyers"]);
        await population.Service.CreateSegmentAsync("buyers-nearly", """{"event":"Order","count":{"atLeast":1},"period":"last 400 days"}""");
        await population.Service.CreateSegmentAsync("never-sent", """{"event":"Lgoin"}""");

        var audit = await population.Service.GetAsync("/api/audit");

        var items = audit.GetProperty("items").EnumerateArray().ToDictionary(item => Text(item, "key"));
        foreach (var key in Population.Segments.Keys)
        {
            items[key].GetProperty("size").GetInt32().Should().Be((await population.Service.MembersAsync(key)).Count, key);
            items[key].GetProperty("days").EnumerateArray().Should().HaveCount(30);
            items[key].GetProperty("days")[29].GetProperty("size").GetInt32().Should().Be(items[key].GetProperty("size").GetInt32(), key);
        }

        items["buyers"].GetProperty("lastChange").GetDateTimeOffset().Should().BeAfter(DateTimeOffset.UtcNow.AddHours(-1));
        Kinds(items["nobody"]).Should().Equal("empty");
        Kinds(items["impossible"]).Should().Equal("neverTrue");
        Kinds(items["never-sent"]).Should().Equal("empty", "switchedOffType");
        Findings(items["buyers"]).Select(finding => (Text(finding, "kind"), finding.GetProperty("with").GetString()))
            .Should().Contain([("duplicated", "buyers-again"), ("overlapping", "buyers-nearly")]).And.NotContain(("overlapping", "buyers-again"));
        items.Values.SelectMany(Findings).Should().OnlyContain(finding => Text(finding, "text").Length > 0 && Text(finding, "advice").Length > 0);
    }

    private static string Text(JsonElement item, string name) => item.GetProperty(name).GetString()!;

    private static JsonElement[] Findings(JsonElement item) => [.. item.GetProperty("findings").EnumerateArray()];

    private static IEnumerable<string> Kinds(JsonElement item) => Findings(item).Select(finding => Text(finding, "kind"));
}
