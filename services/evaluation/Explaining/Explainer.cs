using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Explaining;

/// <summary>
/// Says why a definition holds for a contact at an instant, or does not. What holds is asked of the same plain reading of the
/// history that <see cref="Reference"/> asks; when it changes is asked of the evaluator that will act on it.
/// </summary>
public static class Explainer
{
    private static readonly IReadOnlyDictionary<string, Definition> Closed = new Dictionary<string, Definition>();

    /// <summary>Explains a definition for one contact at one instant, with all that is known today.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="facts">What is known of the contact besides its events.</param>
    /// <param name="history">All its events, each once, in any order; those after the instant do not exist yet and matter for what changes only.</param>
    /// <param name="at">The instant.</param>
    /// <param name="segments">The segments by key, without circles; those not here are looked for in <see cref="ContactFacts.Lists"/>.</param>
    public static Explanation Explain(
        Definition definition,
        ContactFacts facts,
        IReadOnlyCollection<ContactEvent> history,
        DateTimeOffset at,
        IReadOnlyDictionary<string, Definition> segments)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(segments);
        var now = Micros.Of(at);
        var ordered = history.OrderBy(e => e.OccurredAt).ToList();
        var moment = new ReferenceMoment(facts, history, segments, now);
        var evidence = new LeafEvidence(moment, facts, Membership.Since(definition.Segments, facts, moment, segments, now));
        var nodes = new List<Definition>();
        var outline = Outline(definition);
        var changes = Outlook.Of(nodes, facts, ordered, segments, now);
        return Explained(outline);

        OutlineNode Outline(Definition node)
        {
            var index = nodes.Count;
            nodes.Add(node);
            return new OutlineNode(index, node.Condition, [.. PartsOf(node, nodes.Count < Explanation.MaxNodes ? segments : Closed).Select(Outline)]);
        }

        Explanation Explained(OutlineNode node)
        {
            var parts = node.Parts.Select(Explained).ToList();
            var found = evidence.Of(node.Condition, hasParts: parts.Count > 0 && node.Condition is not Condition.InSegment);
            return new Explanation(
                nodes[node.Index].Sentence,
                Holds(node.Condition, parts, moment),
                found.Figure,
                [.. found.Events.TakeLast(Explanation.MaxEvents).Select(e => e.EventId)],
                found.Events.Count,
                Micros.ToTimeOrNull(changes[node.Index]),
                parts);
        }
    }

    private static IEnumerable<Definition> PartsOf(Definition node, IReadOnlyDictionary<string, Definition> segments) => node.Condition switch
    {
        Condition.All all => all.Parts.Select(node.Part),
        Condition.Any any => any.Parts.Select(node.Part),
        Condition.Not not => [node.Part(not.Part)],
        Condition.Named named => [named.Part],
        Condition.InSegment member => segments.TryGetValue(member.Key, out var definition) ? [definition] : [],
        _ => Requirements.Of(node.Condition, node.Zone).Select(node.Part),
    };

    private static bool Holds(Condition condition, List<Explanation> parts, ReferenceMoment moment) => condition switch
    {
        Condition.Any => parts.Exists(part => part.Holds),
        Condition.Not => !parts[0].Holds,
        Condition.InSegment => moment.Holds(condition),
        _ when parts.Count == 0 => moment.Holds(condition),
        _ => parts.TrueForAll(part => part.Holds),
    };

    /// <summary>A node to be explained, numbered in the order of the definition.</summary>
    private sealed record OutlineNode(int Index, Condition Condition, IReadOnlyList<OutlineNode> Parts);
}
