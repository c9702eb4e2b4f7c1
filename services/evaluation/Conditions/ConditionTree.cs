namespace EventSegmentation.Evaluation.Conditions;

/// <summary>Walks over conditions.</summary>
public static class ConditionTree
{
    /// <summary>The leaves, from left to right.</summary>
    public static IEnumerable<Condition> Leaves(this Condition condition) => condition switch
    {
        Condition.All all => all.Parts.SelectMany(Leaves),
        Condition.Any any => any.Parts.SelectMany(Leaves),
        Condition.Not not => not.Part.Leaves(),
        Condition.Named named => named.Part.Condition.Leaves(),
        _ => [condition],
    };

    /// <summary>The longest way from the condition to a leaf, both counted.</summary>
    public static int Depth(this Condition condition) => condition switch
    {
        Condition.All all => 1 + all.Parts.Select(Depth).DefaultIfEmpty().Max(),
        Condition.Any any => 1 + any.Parts.Select(Depth).DefaultIfEmpty().Max(),
        Condition.Not not => 1 + not.Part.Depth(),
        Condition.Named named => named.Part.Condition.Depth(),
        _ => 1,
    };

    /// <summary>The event types that a leaf names.</summary>
    public static IEnumerable<string> EventTypes(this Condition leaf) => leaf switch
    {
        Condition.Event of => of.Events.Types,
        Condition.First first => first.Events.Types,
        Condition.Last last => last.Events.Types.Concat(last.NotFollowedBy?.Types ?? []),
        Condition.Streak streak => streak.Events.Types,
        Condition.Sequence sequence => sequence.Steps.SelectMany(step => step.Events.Types.Concat(step.Without?.Types ?? [])),
        _ => [],
    };

    /// <summary>True for the plain "at least once".</summary>
    public static bool IsOnce(this Condition.Event leaf) =>
        leaf.Measure is { Figure: Figure.Count, Range: { Comparison: Comparison.AtLeast, First: 1 } or { Comparison: Comparison.MoreThan, First: 0 } };

    /// <summary>True if a contact without a single matching event satisfies the figure.</summary>
    public static bool HoldsForNone(this Condition.Event leaf) =>
        leaf.Measure.Figure is Figure.Count or Figure.Sum or Figure.Distinct && leaf.Measure.Range.Contains(0);
}
