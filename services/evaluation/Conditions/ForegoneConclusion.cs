using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Conditions;

/// <summary>
/// Finds conditions whose answer is the same for every contact at every instant. What it finds is so; it does not
/// find everything that is.
/// </summary>
internal sealed class ForegoneConclusion(Zone zone)
{
    /// <summary>The answer, if it is always the same.</summary>
    public bool? Of(Condition condition) => condition switch
    {
        Condition.All all => OfAll(all.Parts),
        Condition.Any any => !OfAll([.. any.Parts.Select(Negated)]),
        Condition.Not not => !Of(not.Part),
        Condition.Named named => new ForegoneConclusion(named.Part.Zone).Of(named.Part.Condition),
        Condition.Event of => OfEvent(of),
        Condition.Sample { Percent: 100 } => true,
        Condition.First first when LetsNone(first.Events) => false,
        Condition.Last last when LetsNone(last.Events) => false,
        _ => null,
    };

    private bool? OfAll(IReadOnlyList<Condition> parts)
    {
        var answers = parts.Select(Of).ToList();
        if (answers.Contains(false) || Contradict(parts) || AreCountsApart(parts))
            return false;
        return answers.TrueForAll(answer => answer == true) ? true : null;
    }

    /// <summary>A condition and its own negation stand side by side.</summary>
    private bool Contradict(IReadOnlyList<Condition> parts)
    {
        var stated = parts.Select(part => Canonical.OfTree(part, zone)).ToHashSet(StringComparer.Ordinal);
        return parts.OfType<Condition.Not>().Any(not => stated.Contains(Canonical.OfTree(not.Part, zone)));
    }

    /// <summary>Two counts of the same events have no number in common.</summary>
    private bool AreCountsApart(IReadOnlyList<Condition> parts) => parts
        .OfType<Condition.Event>()
        .Where(leaf => leaf.Measure.Figure == Figure.Count)
        .GroupBy(leaf => Canonical.Of(leaf with { Measure = leaf.Measure with { Range = new NumberRange(Comparison.AtLeast, 0, 0) }, OlderThan = null }, zone))
        .Any(same => same.Max(leaf => Least(leaf.Measure.Range)) > same.Min(leaf => Most(leaf.Measure.Range)));

    private static bool? OfEvent(Condition.Event leaf)
    {
        if (LetsNone(leaf.Events))
            return leaf.HoldsForNone() && leaf.OlderThan is null ? true : leaf.HoldsForNone() ? null : false;
        if (leaf.Measure.Figure is not (Figure.Count or Figure.Distinct))
            return null;
        var (least, most) = (Least(leaf.Measure.Range), Most(leaf.Measure.Range));
        return least > most ? false : least == 0 && most == decimal.MaxValue && leaf.OlderThan is null ? true : null;
    }

    private static bool LetsNone(EventFilter events) => events.Where is Where.Any { Parts.Count: 0 };

    private static Condition Negated(Condition condition) =>
        condition is Condition.Not not ? not.Part : new Condition.Not(condition);

    /// <summary>The smallest count in the range.</summary>
    private static decimal Least(NumberRange range) =>
        !range.HasLow ? 0 : range.Comparison == Comparison.MoreThan ? range.First + 1 : range.First;

    /// <summary>The greatest count in the range.</summary>
    private static decimal Most(NumberRange range) =>
        !range.HasHigh ? decimal.MaxValue : range.Comparison == Comparison.LessThan ? range.Second - 1 : range.Second;
}
