using EventSegmentation.Contracts;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Projection;

// What the evaluator reports, put in the order in which it is told: within one moment exits first, then entries.
internal sealed partial class ProjectedContact
{
    private void Collect(string cause, EventRecorded? e)
    {
        for (var (start, end) = (0, 1); start < _changes.Count; (start, end) = (end, end + 1))
        {
            while (end < _changes.Count && (_changes[end].At, _changes[end].ByClock) == (_changes[start].At, _changes[start].ByClock))
                end++;
            Tell(_changes[start..end], cause, e);
        }

        _changes.Clear();
    }

    private void Tell(List<Change> moment, string cause, EventRecorded? e)
    {
        if (moment.Count > 1)
            moment = [.. moment.OrderBy(change => change.Entered).ThenBy(change => plan.Editions[change.SegmentId].SegmentId)];
        var told = new List<(string? Group, LedgerEntry Entry)>(moment.Count);
        foreach (var change in moment)
        {
            var edition = plan.Editions[change.SegmentId];
            Memberships[edition.Id] = change.Entered ? change.At : null;
            if (!edition.IsLive)
                continue;
            var byEvent = change.ByClock ? null : e;
            told.Add((edition.Group, new(
                Id, ++Number, edition.SegmentId, edition.Version, change.Entered, change.At,
                change.ByClock ? TransitionCause.Clock : cause, byEvent?.EventId, ChangeId: null, byEvent?.TraceParent)));
        }

        Transitions.AddRange(told.Select(one => one.Entry with { ChangeId = ChangeOfWinner(one.Group, told) }));
    }

    // The exit names the change: its number is the same whenever the stream is replayed.
    private static Guid? ChangeOfWinner(string? group, List<(string? Group, LedgerEntry Entry)> moment)
    {
        if (group is null || !moment.Exists(other => other.Group == group && other.Entry.Entered))
            return null;
        return moment.FirstOrDefault(other => other.Group == group && !other.Entry.Entered).Entry is { } exit ? exit.ChangeTo(group) : null;
    }
}
