using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;
using EventSegmentation.Evaluation.Explaining;
using Xunit.Abstractions;

namespace EventSegmentation.Evaluation.Tests.Laws;

/// <summary>What must be so for every explanation.</summary>
public sealed class ExplanationLaws(ITestOutputHelper output)
{
    // Instants of one scenario, and later turns of one node that are looked at.
    private const int Instants = 3;
    private const int Looks = 25;

    // So far ahead nothing is said to stay, and turns that never change an answer have not used up the outlook.
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(400);

    [Fact]
    public void Every_node_says_what_the_reference_says_of_it_and_its_figure_decides_it()
    {
        var coverage = new Coverage();
        Proof.Check(output, scenario => Explained(scenario, (node, explanation, known) =>
        {
            coverage.Compared(node, explanation.Holds);
            explanation.Holds.Should().Be(known.Holds(node, known.At), explanation.Text);
            if (explanation.Figure is { } figure)
            {
                coverage.Count($"figure: {figure.Kind}{(figure.Value is null ? " none" : "")}");
                FigureCheck.Decides(node, figure, known.At).Should().Be(explanation.Holds, $"{figure} is what is found for: {explanation.Text}");
            }

            (explanation.Figure is null).Should().Be(explanation.Parts.Count > 0 && node.Condition is not Condition.InSegment, "figures stand on nodes without parts");
            explanation.EventCount.Should().BeGreaterThanOrEqualTo(explanation.Events.Count);
            explanation.Events.Should().OnlyHaveUniqueItems().And.BeSubsetOf(known.History.Where(e => e.OccurredAt <= known.At).Select(e => e.EventId));
        }));
        output.WriteLine($"{coverage.Comparisons:N0} nodes");
        output.WriteLine(coverage.ToString());
        if (Proof.Cases >= Proof.DefaultCases)
            Enum.GetNames<FigureKind>().Except(coverage.Reached("figure: ")).Should().BeEmpty("the generator must reach every kind of figure");
    }

    [Fact]
    public void Time_alone_changes_a_node_when_it_says_so_and_not_before()
    {
        var coverage = new Coverage();
        Proof.Check(output, scenario => Explained(scenario, (node, explanation, known) =>
        {
            var end = known.At + Horizon;
            var changes = explanation.ChangesAt ?? DateTimeOffset.MaxValue;
            changes.Should().BeAfter(known.At);
            foreach (var at in known.Turns(node, changes <= end ? changes.AddMicroseconds(-1) : end, Looks))
                known.Holds(node, at).Should().Be(explanation.Holds, $"at {at:O}, before {changes:O}: {explanation.Text}");
            if (changes < end)
                known.Holds(node, changes).Should().Be(!explanation.Holds, $"at {changes:O}: {explanation.Text}");
            coverage.Count(explanation.ChangesAt is null ? "never changes" : changes < end ? "changes" : "changes beyond the horizon");
        }));
        output.WriteLine(coverage.ToString());
        if (Proof.Cases >= Proof.DefaultCases)
            coverage.Reached("").Should().Contain(["changes", "never changes"]);
    }

    [Fact]
    public void Explanation_names_as_many_steps_of_a_sequence_as_any_choice_of_events_makes()
    {
        var coverage = new Coverage();
        Proof.Check(output, scenario => Explained(scenario, (node, explanation, known) =>
        {
            if (node.Condition is not Condition.Sequence sequence)
                return;
            var every = new EveryChoice(sequence, known.History, Micros.Of(known.At));
            var chosen = explanation.Events.Select(id => known.History.Single(e => e.EventId == id)).ToList();
            chosen.Count.Should().Be(every.Longest());
            every.Allows(chosen).Should().BeTrue();
            coverage.Count($"{chosen.Count} of {sequence.Steps.Count} steps");
        }, definition => definition.Condition.Leaves().Any(leaf => leaf is Condition.Sequence)));
        output.WriteLine(coverage.ToString());
    }

    private static void Explained(Scenario scenario, Action<Definition, Explanation, Known> check, Func<Definition, bool>? concerns = null)
    {
        var random = new Random(scenario.Seed);
        for (var i = 0; i < Instants; i++)
        {
            var known = Known.Of(scenario, random);
            foreach (var definition in scenario.Segments.Select(segment => segment.Definition).Where(concerns ?? (_ => true)))
            {
                var explanation = Explainer.Explain(definition, known.Facts, known.History, known.At, known.Segments);
                foreach (var (node, one) in Nodes(definition, explanation, known.Segments))
                    check(node, one, known);
            }
        }
    }

    /// <summary>The nodes of a definition, each with what was said of it.</summary>
    private static IEnumerable<(Definition Node, Explanation Explanation)> Nodes(Definition node, Explanation explanation, IReadOnlyDictionary<string, Definition> segments)
    {
        IReadOnlyList<Definition> parts = node.Condition switch
        {
            Condition.All all => [.. all.Parts.Select(node.Part)],
            Condition.Any any => [.. any.Parts.Select(node.Part)],
            Condition.Not not => [node.Part(not.Part)],
            Condition.Named named => [named.Part],
            Condition.InSegment member => segments.TryGetValue(member.Key, out var referred) ? [referred] : [],
            _ => [.. Requirements.Of(node.Condition, node.Zone).Select(node.Part)],
        };
        explanation.Parts.Should().HaveCount(parts.Count);
        return parts.Zip(explanation.Parts).SelectMany(pair => Nodes(pair.First, pair.Second, segments)).Prepend((node, explanation));
    }
}
