using System.Text.Json;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Builds;

namespace EventSegmentation.UnitTests.Segmentation;

/// <summary>What of one world must be made anew for another, and what no world may be.</summary>
public sealed class SegmentWorldTests
{
    private const string Everyone = """{"all":[]}""";

    [Theory]
    [InlineData("a b", "", "a b", "", "")]
    [InlineData("a b", "", "a b c", "", "c")]
    [InlineData("a b", "", "a2 b", "", "a2")]
    [InlineData("a b>a c>b d", "", "a2 b>a c>b d", "", "a2 b>a c>b")]
    [InlineData("a b c", "", "a b c", "a b c", "b c")]
    [InlineData("a b c", "a b c", "a c b", "a c b", "b c")]
    [InlineData("a b c", "a b c", "a b c", "", "b c")]
    [InlineData("a b c", "a b c", "a2 b c", "a2 b c", "a2 b c")]
    [InlineData("a b c", "a b c", "a b c2", "a b c2", "c2")]
    [InlineData("a b>x c x", "b c", "a b>x c x2", "b c", "x2 b>x c")]
    [InlineData("a b", "", "a", "", "")]
    public void Only_what_differs_is_made_anew(string segments, string group, string nextSegments, string nextGroup, string affected) =>
        World(segments, group).Affected(World(nextSegments, nextGroup))
            .Should().Equal(Keys(affected).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("a b>a", "", "")]
    [InlineData("b>user users", "", "'b' refers to the segment 'user', which there is not; did you mean 'users'?")]
    [InlineData("a>b b>c c>a", "", "Segments may not refer to each other in a circle: a → b → c → a.")]
    [InlineData("a b>a", "b a", "Segments may not refer to each other in a circle: a → b → a.")]
    [InlineData("a b>a", "a b", "")]
    [InlineData("a", "a gone", "The group 'group' has the segment 'gone', which there is not.")]
    [InlineData("a b", "a b a", "'a' stands twice in the group 'group'.")]
    public void What_cannot_serve_is_said(string segments, string group, string problem) =>
        string.Join(" ", World(segments, group).Problems().Select(one => one.Detail)).Should().Be(problem);

    [Fact]
    public void A_segment_has_one_group()
    {
        var world = World("a b", "a b");

        world.With(new(new Dictionary<string, WorldSegment?>(), new Dictionary<string, IReadOnlyList<string>> { ["other"] = ["b"] })).Problems()
            .Should().ContainSingle().Which.Should().BeOfType<WorldProblem.InTwoGroups>().Which.Key.Should().Be("b");
    }

    [Fact]
    public void There_are_limits_on_segments_and_on_groups()
    {
        var most = string.Join(' ', Enumerable.Range(0, SegmentWorld.MaxLive).Select(i => $"s{i}x"));
        var group = string.Join(' ', Enumerable.Range(0, SegmentWorld.MaxGroup).Select(i => $"s{i}x"));

        World(most, group).Problems().Should().BeEmpty();
        World($"{most} more", $"{group} more").Problems()
            .Should().BeEquivalentTo<WorldProblem>([new WorldProblem.TooMany(SegmentWorld.MaxLive + 1), new WorldProblem.GroupTooLarge("group", SegmentWorld.MaxGroup + 1)]);
    }

    [Fact]
    public void A_change_ends_begins_and_replaces()
    {
        var change = new WorldChange(
            new Dictionary<string, WorldSegment?> { ["a"] = null, ["b"] = World("b2", "").Segments["b"], ["c"] = World("c", "").Segments["c"] },
            new Dictionary<string, IReadOnlyList<string>> { ["group"] = [], ["other"] = ["c", "b"] });

        var next = World("a b", "a b").With(change);

        next.Segments.Values.Select(segment => (segment.Key, segment.Version)).Should().BeEquivalentTo([("b", 2), ("c", 1)]);
        next.Before("b").Select(segment => segment.Key).Should().Equal("c");
        next.GroupOf("b").Should().Be("other");
        next.GroupOf("a").Should().BeNull();
    }

    // "b2>a": the segment b in version 2, which refers to a.
    private static SegmentWorld World(string segments, string group) => new(
        Words(segments).Select(word =>
        {
            var parts = word.Split('>');
            var version = char.IsDigit(parts[0][^1]) ? parts[0][^1] - '0' : 1;
            var key = Key(word);
            return new WorldSegment(key[0], key, (key[0] * 10) + version, version, Read(parts.Length == 1 ? Everyone : $$"""{"inSegment":"{{parts[1]}}"}"""));
        }).ToDictionary(segment => segment.Key),
        Words(group).Length == 0 ? new Dictionary<string, IReadOnlyList<string>>() : new Dictionary<string, IReadOnlyList<string>> { ["group"] = [.. Keys(group)] });

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> Keys(string text) => Words(text).Select(Key);

    private static string Key(string word) => word.Split('>')[0].TrimEnd('0', '1', '2');

    private static Definition Read(string condition) => Definition.Parse(JsonElement.Parse(condition), null).Definition!;
}
