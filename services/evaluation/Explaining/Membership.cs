using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Engine;

namespace EventSegmentation.Evaluation.Explaining;

/// <summary>Since when a contact has been in segments, in the light of all that is known.</summary>
internal static class Membership
{
    /// <summary>The beginning of the membership without interruption that reaches to the instant, for those segments the contact is in.</summary>
    public static IReadOnlyDictionary<string, long> Since(
        IReadOnlySet<string> keys,
        ContactFacts facts,
        ReferenceMoment moment,
        IReadOnlyDictionary<string, Definition> segments,
        long now)
    {
        var since = facts.Lists
            .Select(list => KeyValuePair.Create(list.Key, Micros.Of(list.Value)))
            .Where(list => list.Value <= now)
            .ToDictionary(StringComparer.Ordinal);
        var reached = SegmentReach.Of(keys, segments);
        if (reached.Count == 0)
            return since;

        // Nobody is a member before being seen, so the play begins there.
        var at = Math.Min(now, moment.FirstSeen());
        var plan = Plan.Compile([.. reached.Select((key, i) => new PlannedSegment(i, 1, segments[key], key))]);
        var state = ContactState.Built(plan, facts, moment.Past, at);
        var entered = state.Memberships.ToDictionary(id => id, _ => at);
        var changes = new List<Change>();
        state.MoveTo(now, changes);
        foreach (var change in changes)
            if (change.Entered)
                entered[change.SegmentId] = Micros.Of(change.At);
            else
                entered.Remove(change.SegmentId);

        foreach (var (i, key) in reached.Index())
            if (entered.TryGetValue(i, out var instant))
                since[key] = instant;
            else
                since.Remove(key);
        return since;
    }
}
