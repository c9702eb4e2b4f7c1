using System.Text.Json;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Insight;

namespace EventSegmentation.UnitTests.Segmentation;

public sealed class AuditFindingTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Dictionary<string, KnownType> Types = new() { ["A"] = new(IsOn: true, HasUncountedPast: false), ["Off"] = new(IsOn: false, HasUncountedPast: false) };

    [Theory]
    [InlineData("""{"event":"A"}""", 5, 1, "")]
    [InlineData("""{"event":"A"}""", 0, 1, "empty")]
    [InlineData("""{"event":"A"}""", 5, 29, "")]
    [InlineData("""{"event":"A"}""", 5, 30, "stale")]
    [InlineData("""{"event":"A"}""", 0, 31, "empty stale")]
    [InlineData("""{"any":[]}""", 0, 1, "neverTrue")]
    [InlineData("""{"event":"Off"}""", 5, 1, "switchedOffType")]
    [InlineData("""{"event":["A","Typo"]}""", 5, 1, "switchedOffType")]
    [InlineData("""{"all":[{"any":[{"all":[{"any":[{"not":{"event":"A"}}]}]}]}]}""", 5, 1, "tooComplex")]
    [InlineData("""{"all":[{"any":[{"all":[{"not":{"event":"A"}}]}]}]}""", 5, 1, "")]
    public void A_segment_is_found_for_what_it_is(string condition, long size, int quietDays, string kinds) =>
        Find(Segment(condition, Now.AddDays(-90)), size, Now.AddDays(-quietDays)).Should().Equal(kinds.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public void A_segment_that_went_live_lately_is_not_stale_though_nobody_ever_entered() =>
        Find(Segment("""{"event":"A"}""", Now.AddDays(-2)), 1, lastChange: null).Should().BeEmpty();

    [Fact]
    public void Many_leaves_are_too_complex()
    {
        static string Leaves(int count) => $$"""{"any":[{{string.Join(",", Enumerable.Range(1, count).Select(i => $$"""{"event":"A","count":{"atLeast":{{i}} } }"""))}}]}""";

        Find(Segment(Leaves(AuditFindings.ReadableLeaves), Now), 1, Now).Should().BeEmpty();
        Find(Segment(Leaves(AuditFindings.ReadableLeaves + 1), Now), 1, Now).Should().Equal("tooComplex");
    }

    [Fact]
    public void Twins_are_duplicated_and_others_overlap_from_the_bound_on()
    {
        var pairs = new[] { SegmentPair.Of("it", "twin", 10, 10, 10), SegmentPair.Of("close", "it", 10, 9, 9), SegmentPair.Of("far", "it", 10, 8, 8) };

        var found = AuditFindings.Of(Segment("""{"event":"A"}""", Now), 10, Now, ["twin"], pairs, Types, Now).ToArray();

        found.Select(finding => (finding.Kind, finding.With)).Should().Equal(("duplicated", "twin"), ("overlapping", "close"));
        found[1].Text.Should().StartWith("9 of all 10 who");
    }

    private static IEnumerable<string> Find(ServingSegment segment, long size, DateTimeOffset? lastChange) =>
        AuditFindings.Of(segment, size, lastChange, [], [], Types, Now).Select(finding => finding.Kind);

    private static ServingSegment Segment(string condition, DateTimeOffset liveSince) =>
        new(1, "it", "It", Definition.Parse(JsonElement.Parse(condition), null).Definition, "UTC", liveSince);
}
