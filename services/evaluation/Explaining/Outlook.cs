using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Engine;

namespace EventSegmentation.Evaluation.Explaining;

/// <summary>
/// When answers change next by time alone: the incremental evaluator takes the nodes as segments of a small plan of their
/// own, and the clock is let run until each has changed or nothing can change it any more.
/// </summary>
internal static class Outlook
{
    /// <summary>
    /// The greatest number of due times that are followed, besides the events that come in. What has not changed by then, such as
    /// a birthday asked for together with something impossible, is said to stay until the next.
    /// </summary>
    private const int MaxWakes = 400;

    /// <summary>The greatest number of later events that come in. What has not changed by then is said to stay until the next.</summary>
    private const int MaxLater = 1_000;

    /// <summary>The instant of the next change of each definition; <see cref="Micros.Never"/> for none.</summary>
    /// <param name="nodes">The definitions.</param>
    /// <param name="facts">What is known of the contact besides its events.</param>
    /// <param name="history">All its events, by time; those after the instant come in as the clock reaches them.</param>
    /// <param name="segments">The segments they may refer to.</param>
    /// <param name="now">The instant from which to look.</param>
    public static IReadOnlyList<long> Of(
        IReadOnlyList<Definition> nodes,
        ContactFacts facts,
        IReadOnlyList<ContactEvent> history,
        IReadOnlyDictionary<string, Definition> segments,
        long now)
    {
        var referred = SegmentReach.Of(nodes.SelectMany(node => node.Segments), segments);
        var plan = Plan.Compile(
        [
            .. nodes.Select((node, i) => new PlannedSegment(i, 1, node)),
            .. referred.Select((key, i) => new PlannedSegment(nodes.Count + i, 1, segments[key], key)),
        ]);
        var leaves = nodes.Select((node, i) => LeavesBelow(plan, i, SegmentReach.Of(node.Segments, segments))).ToArray();
        var known = history.Where(e => plan.Watches(e.Type)).ToList();
        var later = known.FindIndex(e => Micros.Of(e.OccurredAt) > now) is >= 0 and var first ? first : known.Count;
        var horizon = later + MaxLater < known.Count ? Micros.Of(known[later + MaxLater].OccurredAt) : Micros.Never;
        var state = ContactState.Built(plan, facts, known.Take(later + MaxLater), now);
        var next = new long[nodes.Count];
        Array.Fill(next, Micros.Never);
        var open = Enumerable.Range(0, nodes.Count).ToList();
        var changes = new List<Change>();
        for (var left = MaxWakes + Math.Min(MaxLater, known.Count - later); ; left--)
        {
            open.RemoveAll(node => horizon == Micros.Never && !state.HasDue(leaves[node]));
            if (open.Count == 0)
                return next;
            var due = Math.Min(state.NextDue(), horizon);
            if (left == 0 || due == horizon)
            {
                open.ForEach(node => next[node] = due);
                return next;
            }

            state.MoveTo(due, changes);
            foreach (var change in changes)
                if (open.Remove((int)change.SegmentId))
                    next[change.SegmentId] = Micros.Of(change.At);
            changes.Clear();
        }
    }

    /// <summary>The leaves that can change a node: its own, and those of the segments it refers to.</summary>
    private static Bits LeavesBelow(Plan plan, int node, IReadOnlyList<string> referred)
    {
        var below = new Bits(plan.LeafCount);
        for (var leaf = 0; leaf < plan.LeafCount; leaf++)
            foreach (var segment in plan.SegmentsOfLeaf(leaf))
                if (plan.Segment(segment) is var user && (user.Id == node || (user.Key is { } key && referred.Contains(key))))
                    below[leaf] = true;
        return below;
    }
}
