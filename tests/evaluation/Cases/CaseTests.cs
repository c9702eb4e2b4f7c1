using System.Text.Json;

namespace EventSegmentation.Evaluation.Tests.Cases;

/// <summary>Holds both evaluators against the case files, which say what the language means.</summary>
public sealed class CaseTests
{
    private static readonly Dictionary<string, Case> All = CaseFile.ReadAll().ToDictionary(one => one.ToString());

    public static TheoryData<string> Cases => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Reference_and_evaluator_say_what_the_case_says(string name)
    {
        var one = All[name];
        var result = Definition.Parse(JsonElement.Parse(one.Definition), one.Zone);
        result.Errors.Should().BeEmpty();
        var definition = result.Definition!;
        if (one.Sentence is { } sentence)
            definition.Sentence.Should().Be(sentence);
        if (one.Warning is { } warning)
            result.Warnings.Should().Contain(warning);

        var segments = one.SegmentDefinitions();
        foreach (var (at, expected) in one.Answers)
        {
            var holds = expected is "yes" or "enters";
            Both(at).Should().Be((holds, holds), $"{expected} at {at:O}");
            if (expected is "enters" or "leaves")
                Both(at.AddMicroseconds(-1)).Should().Be((!holds, !holds), $"{expected} only at {at:O}");
        }

        (bool Reference, bool Evaluator) Both(DateTimeOffset at) =>
            (Reference.Holds(definition, one.Facts(), one.Known(at), at, segments), Play(one, definition, segments, at));
    }

    /// <summary>Plays the events as they were recorded; what turns in between turns by timers alone.</summary>
    private static bool Play(Case one, Definition definition, Dictionary<string, Definition> segments, DateTimeOffset until)
    {
        var plan = Plan.Compile([new PlannedSegment(0, 1, definition), .. segments.Select((segment, i) => new PlannedSegment(i + 1, 1, segment.Value, segment.Key))]);
        var changes = new List<Change>();
        var state = ContactState.New(plan, one.Facts(), one.Created, changes);
        foreach (var (recorded, e) in one.Events.Where(e => e.Recorded <= until).OrderBy(e => e.Recorded))
            Evaluator.Advance(plan, state, e, recorded, changes);
        Evaluator.Advance(plan, state, until, changes);
        (changes.Count(change => change is { SegmentId: 0, Entered: true }) - changes.Count(change => change is { SegmentId: 0, Entered: false }))
            .Should().Be(state.IsMember(0) ? 1 : 0, "entries and exits alternate");
        return state.IsMember(0);
    }
}
