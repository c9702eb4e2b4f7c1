using System.Text.Json;
using EventSegmentation.Evaluation.Explaining;

namespace EventSegmentation.Evaluation.Tests.Explaining;

public sealed class DifferenceTests
{
    private const string A = """{"event":"A"}""";
    private const string B = """{"event":"B"}""";
    private const string C = """{"event":"C"}""";

    public static TheoryData<string, string, string, string[]> Table => new()
    {
        { "the same", A, A, [] },
        { "only the order differs", $$"""{"all":[{{A}},{"any":[{{B}},{{C}}]}]}""", $$"""{"all":[{"any":[{{C}},{{B}}]},{{A}}]}""", [] },
        {
            "a number", """{"event":"A","count":{"atLeast":2}}""", """{"event":"A","count":{"atLeast":3}}""",
            ["Changed Instead of contacts who did 'A' at least 2 times today, now contacts who did 'A' at least 3 times today."]
        },
        { "another event", A, B, ["Removed No longer asked for: contacts who did 'A' today.", "Added Also asked for now: contacts who did 'B' today."] },
        { "one more", $$"""{"all":[{{A}},{{B}}]}""", $$"""{"all":[{{A}},{{C}},{{B}}]}""", ["Added Also asked for now: contacts who did 'C' today."] },
        { "one less", $$"""{"all":[{{A}},{{B}},{{C}}]}""", $$"""{"all":[{{A}},{{C}}]}""", ["Removed No longer asked for: contacts who did 'B' today."] },
        { "one of two that are the same", $$"""{"all":[{{A}},{{A}}]}""", $$"""{"all":[{{A}}]}""", ["Removed No longer asked for: contacts who did 'A' today."] },
        { "a leaf becomes a group around it", A, $$"""{"all":[{{B}},{{A}}]}""", ["Added Also asked for now: contacts who did 'B' today."] },
        { "a group shrinks to its leaf", $$"""{"any":[{{B}},{{A}}]}""", A, ["Removed No longer enough: contacts who did 'B' today."] },
        { "one more that is enough", A, $$"""{"any":[{{A}},{{B}}]}""", ["Added Enough now as well: contacts who did 'B' today."] },
        {
            "all becomes any", $$"""{"all":[{{A}},{{B}}]}""", $$"""{"any":[{{A}},{{B}}]}""",
            ["Changed One of the parts is enough now, all of them were asked for before."]
        },
        {
            "any becomes all, with one more", $$"""{"any":[{{A}},{{B}}]}""", $$"""{"all":[{{A}},{{B}},{{C}}]}""",
            ["Changed All of the parts are asked for now, one of them was enough before.", "Added Also asked for now: contacts who did 'C' today."]
        },
        {
            "deep inside", $$"""{"all":[{{A}},{"any":[{{B}},{"contact":"plan","is":"free"}]}]}""", $$"""{"all":[{{A}},{"any":[{"contact":"plan","is":"pro"},{{B}},{{C}}]}]}""",
            [
                """Changed Among contacts who did 'B' today or have plan "free": instead of contacts who have plan "free", now contacts who have plan "pro".""",
                """Added Among contacts who did 'B' today or have plan "free": enough now as well: contacts who did 'C' today.""",
            ]
        },
        { "negated now", A, $$"""{"not":{{A}}}""", ["Removed No longer asked for: contacts who did 'A' today.", "Added Also asked for now: contacts who did not do 'A' today."] },
        {
            "changed inside a not", """{"not":{"inSegment":"vips"}}""", """{"not":{"inSegment":"vips","for":"7 days"}}""",
            ["Changed Instead of contacts who are not in segment 'vips', now contacts who are not in segment 'vips' for at least 7 days."]
        },
        {
            "a sample", """{"sample":"10%"}""", """{"sample":"20%"}""",
            ["Changed Instead of contacts who belong to 10% of all contacts, now contacts who belong to 20% of all contacts."]
        },
        { "from everyone", """{"all":[]}""", A, ["Added Also asked for now: contacts who did 'A' today."] },
        { "what looks alike is changed where it stands, not its neighbour", $$"""{"all":[{"event":"A","period":"yesterday"},{{A}}]}""", $$"""{"all":[{{A}},{"event":"A","period":"last week"}]}""", ["Changed Instead of contacts who did 'A' yesterday, now contacts who did 'A' last week."] },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Difference_is_said_in_words(string what, string before, string after, string[] expected) =>
        Differences.Between(Parse(before), Parse(after)).Select(one => $"{one.Kind} {one.Text}").Should().Equal(expected, what);

    [Fact]
    public void Difference_of_zones_is_one_difference() =>
        Differences.Between(Parse(A), Parse(A, "Europe/Berlin")).Should().Equal(
            new Difference(DifferenceKind.Changed, "Days begin in Europe/Berlin now, in UTC before.", "UTC", "Europe/Berlin"));

    [Fact]
    public void Difference_has_both_sentences() =>
        Differences.Between(Parse(A), Parse("""{"event":"A","period":"yesterday"}""")).Should().ContainSingle()
            .Which.Should().BeEquivalentTo(new { Before = "Contacts who did 'A' today.", After = "Contacts who did 'A' yesterday." });

    private static Definition Parse(string json, string? zone = null) => Definition.Parse(JsonElement.Parse(json), zone).Definition!;
}
