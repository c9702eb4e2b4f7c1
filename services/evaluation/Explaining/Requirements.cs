using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Explaining;

/// <summary>Takes a leaf that asks for several things apart, so that it can be seen which of them fails.</summary>
internal static class Requirements
{
    /// <summary>Leaves that all hold exactly when the one does, each with one figure; none if it has only one itself.</summary>
    public static IReadOnlyList<Condition> Of(Condition leaf, Zone zone)
    {
        IReadOnlyList<Condition> parts = leaf switch
        {
            Condition.Event { OlderThan: { } length } of => [of with { OlderThan = null }, FirstSeen(length, zone)],
            Condition.First first => [.. OfFirst(first)],
            Condition.Last last => [.. OfLast(last)],
            _ => [],
        };
        return parts.Count > 1 ? parts : [];
    }

    private static IEnumerable<Condition> OfFirst(Condition.First first)
    {
        if (IsBound(first.Period))
            yield return first with { Has = null };
        if (first.Has is not null)
            yield return first with { Period = StillPeriod.AllTime };
    }

    private static IEnumerable<Condition> OfLast(Condition.Last last)
    {
        if (IsBound(last.Period))
            yield return last with { Has = null, NotFollowedBy = null };
        if (last.Has is not null)
            yield return last with { Period = StillPeriod.AllTime, NotFollowedBy = null };
        if (last.NotFollowedBy is not null)
            yield return last with { Period = StillPeriod.AllTime, Has = null };
    }

    private static bool IsBound(Period period) => period.Text != StillPeriod.AllTime.Text;

    /// <summary>First seen at least so long ago: what <c>contactOlderThan</c> asks, as a condition of its own.</summary>
    private static Condition.Contact FirstSeen(Length length, Zone zone) =>
        new(new ValuePath("firstSeen"), new Predicate.Date("during", PeriodText.Parse($"more than {length} ago", zone, ahead: false, out _)!, zone));
}
