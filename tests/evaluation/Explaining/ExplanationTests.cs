using System.Text.Json;
using EventSegmentation.Evaluation.Explaining;
using EventSegmentation.Evaluation.Tests.Reading;

namespace EventSegmentation.Evaluation.Tests.Explaining;

/// <summary>Where explanations end.</summary>
public sealed class ExplanationTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ContactFacts Facts = new("42", Start, "Event");

    [Theory]
    [InlineData(900, 899)]
    [InlineData(1_001, 1_000)]
    [InlineData(1_200, 1_000)]
    [InlineData(9_999, 1_000)]
    public void A_change_behind_a_thousand_later_events_is_said_to_come_no_earlier_than_the_next(int atLeast, int changesWith)
    {
        var history = Enumerable.Range(0, 1_500).Select(i => Event(Start.AddHours(i + 1), $"e{i}")).Reverse().ToList();
        var explanation = Explain($$"""{"event":"A","count":{"atLeast":{{atLeast}}},"period":"all time"}""", Facts, history);

        explanation.Holds.Should().BeFalse();
        explanation.ChangesAt.Should().Be(Start.AddHours(changesWith + 1));
    }

    [Fact]
    public void Events_of_other_types_do_not_stand_in_the_way()
    {
        var history = Enumerable.Range(0, 3_000).Select(i => Event(Start.AddHours(i + 1), $"e{i}", i == 2_900 ? "A" : "B")).ToList();

        Explain("""{"event":"A","period":"all time"}""", Facts, history).ChangesAt.Should().Be(Start.AddHours(2_901));
    }

    [Fact]
    public void A_birthday_asked_for_with_something_impossible_ends_the_search_far_ahead()
    {
        var born = Facts with { Fields = JsonElement.Parse("""{"born":"1990-05-05"}""") };
        var explanation = Explain("""{"all":[{"contact":"born","anniversary":"today"},{"event":"A","period":"today"}]}""", born, []);

        explanation.ChangesAt.Should().BeAfter(Start.AddYears(100));
        explanation.Parts.Select(part => part.ChangesAt).Should().Equal(new DateTimeOffset(2026, 5, 5, 0, 0, 0, TimeSpan.Zero), null);
    }

    [Fact]
    public void A_field_of_many_values_shows_the_first_of_them()
    {
        var many = Facts with { Fields = JsonElement.Parse($$"""{"tags":[{{string.Join(',', Enumerable.Range(0, 30))}}]}""") };
        var explanation = Explain("""{"contact":"tags","is":29}""", many, []);

        explanation.Holds.Should().BeTrue();
        explanation.Figure!.Value!.Value.GetArrayLength().Should().Be(ExplainedFigure.MaxValues);
    }

    [Fact]
    public void An_instant_before_the_contact_was_made_is_explained_too()
    {
        var segments = new Dictionary<string, Definition> { ["silent"] = Parse("""{"event":"A","count":{"exactly":0},"period":"last 7 days"}""") };
        var explanation = Explainer.Explain(Parse("""{"inSegment":"silent","for":"2 days"}"""), Facts, [], Start.AddDays(-1), segments);

        explanation.Holds.Should().BeFalse();
        explanation.ChangesAt.Should().Be(Start.AddDays(2));
    }

    [Fact]
    public void The_document_has_every_kind_of_figure()
    {
        var rows = Document.Text("explain.md").Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('`')[1]);

        rows.Should().BeEquivalentTo(Enum.GetNames<FigureKind>().Select(JsonNamingPolicy.CamelCase.ConvertName));
    }

    private static Explanation Explain(string json, ContactFacts facts, IReadOnlyCollection<ContactEvent> history) =>
        Explainer.Explain(Parse(json), facts, history, Start, new Dictionary<string, Definition>());

    private static Definition Parse(string json) => Definition.Parse(JsonElement.Parse(json), null).Definition!;

    private static ContactEvent Event(DateTimeOffset at, string id, string type = "A") =>
        new() { EventId = id, Type = type, OccurredAt = at, Counts = true, Params = JsonElement.Parse("{}") };
}
