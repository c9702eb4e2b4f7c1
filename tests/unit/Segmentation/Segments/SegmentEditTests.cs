using System.Text.Json;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Segments;

namespace EventSegmentation.UnitTests.Segmentation.Segments;

public sealed class SegmentEditTests
{
    private const string A = """{"event":"A"}""";
    private const string B = """{"event":"B"}""";

    /// <summary>What serves, what is drafted, what is written, and whether as a draft; then the step, and whether the draft ends.</summary>
    [Theory]
    [InlineData(null, null, A, false, "Build", true)]
    [InlineData(null, null, A, true, "Keep", true)]
    [InlineData(A, null, A, false, "Nothing", false)]
    [InlineData(A, null, A, true, "Nothing", true)]
    [InlineData(A, null, B, false, "Build", false)]
    [InlineData(A, null, B, true, "Keep", true)]
    [InlineData(A, B, A, false, "Nothing", false)]
    [InlineData(A, B, A, true, "Nothing", true)]
    [InlineData(A, B, B, false, "BuildDraft", false)]
    [InlineData(A, B, B, true, "Nothing", false)]
    [InlineData(A, B, """{"event":"C"}""", false, "Build", false)]
    [InlineData(A, B, """{"event":"C"}""", true, "Keep", true)]
    [InlineData(null, B, B, false, "BuildDraft", false)]
    [InlineData(null, B, B, true, "Nothing", false)]
    [InlineData(null, B, A, false, "Build", true)]
    [InlineData(null, B, A, true, "Keep", true)]
    public void An_edit_makes_a_version_only_of_what_is_new(string? serving, string? draft, string written, bool isDraft, string step, bool endsDraft)
    {
        var decided = SegmentEdit.Decide(new(Standing(1, serving), Standing(2, draft)), Text(written), isDraft);

        decided.Step.GetType().Name.Should().Be(step);
        decided.EndsDraft.Should().Be(endsDraft);
        if (decided.Step is VersionStep.BuildDraft built)
            built.Version.Id.Should().Be(2);
    }

    [Theory]
    [InlineData("""{"event":"A"}""", """{"period":"today","event":["A"],"count":{"atLeast":1}}""", true)]
    [InlineData("""{"all":[{"event":"A"},{"event":"B"}]}""", """{"all":[{"event":"B"},{"event":"A"}]}""", true)]
    [InlineData("""{"event":"A"}""", """{"event":"A","period":"yesterday"}""", false)]
    [InlineData("""{"all":[{"event":"A"},{"event":"B"}]}""", """{"any":[{"event":"A"},{"event":"B"}]}""", false)]
    [InlineData("""{"all":[]}""", """{"any":[]}""", false)]
    [InlineData("""{"event":"A"}""", """{"not":{"event":"A"}}""", false)]
    public void What_means_the_same_is_the_same_however_it_is_written(string one, string other, bool same)
    {
        Text(one).Means(Text(other)).Should().Be(same);
        Text(other).Means(Text(one)).Should().Be(same);
    }

    [Fact]
    public void Another_zone_is_another_text()
    {
        Text(A).Means(Text(A, "Europe/Berlin")).Should().BeFalse();
        new VersionText("UTC", null, null).Means(new("Europe/Berlin", null, null)).Should().BeFalse("a list has days too");
        new VersionText("UTC", null, null).Means(new("UTC", null, null)).Should().BeTrue();
    }

    private static StandingVersion? Standing(long id, string? condition) => condition is null ? null : new(id, Text(condition));

    private static VersionText Text(string condition, string timeZone = "UTC")
    {
        using var document = JsonDocument.Parse(condition);
        return new(timeZone, condition, Definition.Parse(document.RootElement, timeZone).Definition!);
    }
}
