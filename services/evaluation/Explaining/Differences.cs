using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Explaining;

/// <summary>
/// Says in words how one version of a definition differs from another. Nodes that say the same are passed over wherever they
/// stand in their group; of the others, those that look at the same thing are taken for one that was changed.
/// </summary>
public static class Differences
{
    /// <summary>The differences: of each group first what was changed and removed, then what was added. None if both say the same.</summary>
    /// <param name="before">The earlier version.</param>
    /// <param name="after">The later version.</param>
    public static IReadOnlyList<Difference> Between(Definition before, Definition after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        IEnumerable<Difference> zone = before.TimeZone == after.TimeZone
            ? []
            : [new Difference(DifferenceKind.Changed, $"Days begin in {after.TimeZone} now, in {before.TimeZone} before.", before.TimeZone, after.TimeZone)];
        return [.. zone, .. OfNodes(before.Condition, after.Condition, "")];
    }

    private static IEnumerable<Difference> OfNodes(Condition before, Condition after, string place)
    {
        if (Said(before) == Said(after))
            return [];

        // One node became a group around it, or the other way about: it is the same as a group of one.
        return (before, after) switch
        {
            (Condition.All a, Condition.All b) => OfParts(a.Parts, b.Parts, isAll: true, place),
            (Condition.Any a, Condition.Any b) => OfParts(a.Parts, b.Parts, isAll: false, place),
            (Condition.Any a, Condition.All b) when b.Parts.Count != 1 => OfParts(a.Parts, b.Parts, isAll: true, place).Prepend(Turned(before, after, place)),
            (Condition.All a, Condition.Any b) when a.Parts.Count != 1 => OfParts(a.Parts, b.Parts, isAll: false, place).Prepend(Turned(before, after, place)),
            (Condition.All a, _) => OfParts(a.Parts, [after], isAll: true, place),
            (_, Condition.All b) => OfParts([before], b.Parts, isAll: true, place),
            (Condition.Any a, _) => OfParts(a.Parts, [after], isAll: false, place),
            (_, Condition.Any b) => OfParts([before], b.Parts, isAll: false, place),
            _ when AreAlike(before, after) => [Changed(before, after, place)],
            _ => [Removed(before, isAll: true, place), Added(after, isAll: true, place)],
        };
    }

    private static IEnumerable<Difference> OfParts(IReadOnlyList<Condition> before, IReadOnlyList<Condition> after, bool isAll, string place)
    {
        var added = after.ToList();
        var gone = before.Where(part => !TakeFirst(added, other => Said(other) == Said(part), out _)).ToList();
        foreach (var part in gone)
        {
            if (!TakeFirst(added, other => AreAlike(part, other), out var now))
                yield return Removed(part, isAll, place);
            else if (part is Condition.All or Condition.Any)
                foreach (var difference in OfNodes(part, now!, $"Among {Clause(part)}: "))
                    yield return difference;
            else
                yield return Changed(part, now!, place);
        }

        foreach (var part in added)
            yield return Added(part, isAll, place);
    }

    private static bool TakeFirst(List<Condition> from, Predicate<Condition> test, out Condition? found)
    {
        var at = from.FindIndex(test);
        found = at < 0 ? null : from[at];
        if (at >= 0)
            from.RemoveAt(at);
        return at >= 0;
    }

    /// <summary>Whether two nodes look at the same thing, so that one is what became of the other.</summary>
    private static bool AreAlike(Condition a, Condition b) => (a, b) switch
    {
        (Condition.All or Condition.Any, Condition.All or Condition.Any) => a.Leaves().Any(leaf => b.Leaves().Any(other => AreAlike(leaf, other))),
        (Condition.Not x, Condition.Not y) => AreAlike(x.Part, y.Part),
        (Condition.Contact x, Condition.Contact y) => x.Field.Text == y.Field.Text,
        (Condition.InSegment x, Condition.InSegment y) => x.Key == y.Key,
        (Condition.Listed x, Condition.Listed y) => x.Key == y.Key,
        (Condition.Named x, Condition.Named y) => x.Key == y.Key,
        (Condition.Sample, Condition.Sample) => true,
        _ => a.GetType() == b.GetType() && a.EventTypes().Intersect(b.EventTypes(), StringComparer.Ordinal).Any(),
    };

    private static Difference Added(Condition node, bool isAll, string place) =>
        new(DifferenceKind.Added, Text(place, $"{(isAll ? "also asked for now" : "enough now as well")}: {Clause(node)}."), null, Sentence.Of(node));

    private static Difference Removed(Condition node, bool isAll, string place) =>
        new(DifferenceKind.Removed, Text(place, $"{(isAll ? "no longer asked for" : "no longer enough")}: {Clause(node)}."), Sentence.Of(node), null);

    private static Difference Changed(Condition before, Condition after, string place) =>
        new(DifferenceKind.Changed, Text(place, $"instead of {Clause(before)}, now {Clause(after)}."), Sentence.Of(before), Sentence.Of(after));

    private static Difference Turned(Condition before, Condition after, string place)
    {
        var turn = after is Condition.All ? "all of the parts are asked for now, one of them was enough before." : "one of the parts is enough now, all of them were asked for before.";
        return new(DifferenceKind.Changed, Text(place, turn), Sentence.Of(before), Sentence.Of(after));
    }

    private static string Text(string place, string text) => place.Length > 0 ? place + text : char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>The sentence of a node as it stands inside another.</summary>
    private static string Clause(Condition node)
    {
        var sentence = Sentence.Of(node);
        return char.ToLowerInvariant(sentence[0]) + sentence[1..^1];
    }

    /// <summary>One text for all nodes that say the same, groups in any order; the zone is a difference of its own.</summary>
    private static string Said(Condition node) => node switch
    {
        Condition.All all => $"all [{string.Join(", ", all.Parts.Select(Said).Order(StringComparer.Ordinal))}]",
        Condition.Any any => $"any [{string.Join(", ", any.Parts.Select(Said).Order(StringComparer.Ordinal))}]",
        Condition.Not not => $"not [{Said(not.Part)}]",
        Condition.Named named => Canonical.OfTree(named, Zone.Utc),
        _ => Canonical.Of(node, Zone.Utc),
    };
}
