using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Segments;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>Lets a person's history happen again, each event at the instant at which it occurred.</summary>
internal static class Replay
{
    /// <summary>Whether the person was a member before the start, and is now; what changed in between is appended to <paramref name="changes"/>.</summary>
    /// <param name="plan">A plan that has the definition under <see cref="DraftPlan.Id"/>.</param>
    /// <param name="start">The first instant; what changes at it is a change.</param>
    /// <param name="stop">Ends it, with an exception, at the next <see cref="MeteredHistory.Stretch"/> events.</param>
    public static (bool WasMember, bool IsMember) Of(
        Plan plan, PersonHistory person, DateTimeOffset start, DateTimeOffset now, List<Change> changes, CancellationToken stop)
    {
        var before = start.AddMicroseconds(-1);
        var state = ContactState.Of(plan, person.Facts, new MeteredHistory(person.Events, stop).Where(e => e.OccurredAt <= before), before);
        var wasMember = state.IsMember(DraftPlan.Id);

        // A stretch at a time: what lies ahead of a state costs the more the more it is. What is at one instant stays
        // together, so that it has one outcome.
        var (last, waiting) = (before, 0);
        foreach (var e in person.Events.Where(e => e.OccurredAt > before && e.OccurredAt <= now).OrderBy(e => e.OccurredAt))
        {
            if (waiting >= MeteredHistory.Stretch && e.OccurredAt > last)
            {
                stop.ThrowIfCancellationRequested();
                Evaluator.Advance(plan, state, last, changes);
                waiting = 0;
            }

            Evaluator.Advance(plan, state, e, state.AsOf, changes);
            (last, waiting) = (e.OccurredAt, waiting + 1);
        }

        Evaluator.Advance(plan, state, now, changes);
        return (wasMember, state.IsMember(DraftPlan.Id));
    }
}
