using System.Text.Json;
using EventSegmentation.Evaluation.Explaining;
using EventSegmentation.Evaluation.Tests.Cases;

namespace EventSegmentation.Evaluation.Tests.Explaining;

/// <summary>Holds explanations against the case files.</summary>
public sealed class ExplanationCaseTests
{
    private static readonly TimeSpan Microsecond = TimeSpan.FromMicroseconds(1);
    private static readonly Dictionary<string, Case> All = CaseFile.ReadAll().ToDictionary(one => one.ToString());

    public static TheoryData<string> Explained => [.. All.Where(one => one.Value.Explained.Count > 0).Select(one => one.Key)];

    public static TheoryData<string> Answered => [.. All.Where(one => one.Value.Answers.Count > 0).Select(one => one.Key)];

    [Theory]
    [MemberData(nameof(Explained))]
    public void Explanation_says_what_the_case_says(string name)
    {
        var one = All[name];
        foreach (var (at, lines) in one.Explained)
            ExplanationText.Lines(Explain(one, at, known: DateTimeOffset.MaxValue)).Should().Equal(lines, $"explained at {at:O}");
    }

    [Theory]
    [MemberData(nameof(Answered))]
    public void Explanation_answers_as_the_case_does_and_foretells_each_turn(string name)
    {
        var one = All[name];
        foreach (var (at, expected) in one.Answers)
        {
            var holds = expected is "yes" or "enters";
            Explain(one, at, known: at).Holds.Should().Be(holds, $"{expected} at {at:O}");
            if (expected is "yes" or "no" || one.Events.Exists(e => e.Recorded == at && e.Event.OccurredAt < at))
                continue;
            var before = Explain(one, at - Microsecond, known: at);
            before.Holds.Should().Be(!holds);
            before.ChangesAt.Should().Be(at, $"{expected} at {at:O}");
        }
    }

    private static Explanation Explain(Case one, DateTimeOffset at, DateTimeOffset known) =>
        Explainer.Explain(
            Definition.Parse(JsonElement.Parse(one.Definition), one.Zone).Definition!,
            one.Facts(),
            one.Known(known),
            at,
            one.SegmentDefinitions());
}
