using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Conditions;

/// <summary>Finds what a definition says but is hardly meant.</summary>
internal static class Warnings
{
    /// <summary>The warnings, each once.</summary>
    public static IEnumerable<string> Of(Condition condition, Zone zone) =>
        Foregone(condition, zone).Concat(Never(condition)).Concat(Mixed(condition)).Distinct();

    private static IEnumerable<string> Foregone(Condition condition, Zone zone)
    {
        if (new ForegoneConclusion(zone).Of(condition) is { } answer)
            yield return answer ? "The condition holds for every contact, always." : "The condition can never hold.";
    }

    private static IEnumerable<string> Never(Condition condition) => condition.Leaves()
        .OfType<Condition.Event>()
        .Where(leaf => leaf.HoldsForNone())
        .Select(leaf => $"Contacts that never sent {Named(leaf.Events)} satisfy \"{leaf.Measure.Range}\" as well.");

    /// <summary>
    /// "last 7 days" is rolling and "7 to 30 days ago" are calendar days: they overlap or leave a gap of hours, so a
    /// contact can be in both of two neighbouring segments, or in none.
    /// </summary>
    private static IEnumerable<string> Mixed(Condition condition)
    {
        var periods = condition.Leaves()
            .SelectMany(leaf => leaf.EventTypes().Select(type => (type, period: PeriodOf(leaf))))
            .Where(pair => pair.period is not null)
            .ToLookup(pair => pair.type, pair => pair.period!, StringComparer.Ordinal);
        foreach (var type in periods)
        {
            var rolling = type.FirstOrDefault(period => period is RollingPeriod);
            var calendar = type.FirstOrDefault(IsDaysAgo);
            if (rolling is not null && calendar is not null)
                yield return $"'{rolling}' is rolling and '{calendar}' goes by calendar days: for '{type.Key}' they may overlap or leave a gap.";
        }
    }

    private static bool IsDaysAgo(Period period) => period is CalendarPeriod
        && (period.Text.EndsWith(" ago", StringComparison.Ordinal) || period.Text.Contains(" calendar ", StringComparison.Ordinal));

    private static Period? PeriodOf(Condition leaf) => leaf switch
    {
        Condition.Event of => of.Period,
        Condition.First first => first.Period,
        Condition.Last last => last.Period,
        Condition.Sequence sequence => sequence.Period,
        _ => null,
    };

    private static string Named(EventFilter events) => string.Join(" or ", events.Types.Select(type => $"'{type}'"));
}
