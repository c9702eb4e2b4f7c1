using System.Text.Json.Serialization;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>How many members two segments have in common.</summary>
/// <param name="Size">Members of the other segment.</param>
internal sealed record SegmentShare(string Key, long Both, long Size);

/// <summary>What would have happened if a definition had been live.</summary>
/// <param name="From">Where the first day begins.</param>
/// <param name="To">Now.</param>
/// <param name="Version">The version that was replayed; null if it was a condition.</param>
/// <param name="SizeBefore">Members when the first day began.</param>
/// <param name="Overlap">The live segments that have members in common with it now, those with the most first.</param>
internal sealed record DryRunView(
    DateTimeOffset From, DateTimeOffset To, string TimeZone, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Version, long SizeBefore, long Entered, long Exited, long Size,
    IReadOnlyList<SegmentDay> Days, IReadOnlyList<SegmentShare> Overlap, string Sentence, IReadOnlyList<string> Warnings, long Contacts, long EventsRead);

/// <summary>Replays the last days of everybody's history under a definition, each event at the instant at which it occurred.</summary>
internal sealed class DryRun(PopulationStore population, OverlapStore overlaps)
{
    /// <summary>The longest replay, in days.</summary>
    public const int MaxDays = 90;

    /// <summary>The answer, exact unless the meter is spent.</summary>
    /// <param name="days">How many days of the definition's zone, the present one included.</param>
    /// <param name="segments">The definitions of the live segments by key.</param>
    public async Task<DryRunView> RunAsync(
        Draft draft, int days, DateTimeOffset now, IReadOnlyDictionary<string, Definition> segments, WorkMeter meter, CancellationToken cancellationToken)
    {
        var shown = SegmentDays.UpTo(now, draft.Definition.TimeZone, days);
        var tally = new DayTally(shown.Starts());
        var plan = DraftPlan.Of(draft.Definition, segments);
        await Parallel.ForEachAsync(
            population.ReadAsync(plan.WatchedTypes, meter, cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = Preview.MaxEvaluators, CancellationToken = cancellationToken },
            (persons, _) =>
            {
                var changes = new List<Change>();
                foreach (var person in persons)
                {
                    meter.LookedAt();
                    changes.Clear();
                    var (wasMember, isMember) = Replay.Of(plan, person, tally.Start, now, changes, cancellationToken);
                    tally.Add(StreamId.Contact(person.ContactId), wasMember, changes.Where(change => change.SegmentId == DraftPlan.Id), isMember);
                }

                return ValueTask.CompletedTask;
            });
        var shares = meter.Spent is null ? await overlaps.OfContactsAsync(tally.Members, cancellationToken) : [];
        return new(
            tally.Start, now, shown.TimeZone, draft.Version, tally.Before, tally.Entered.Sum(), tally.Exited.Sum(), tally.Members.Count,
            shown.Sized(tally.Before, tally.Entered, tally.Exited), shares, draft.Definition.Sentence, draft.Warnings, meter.Contacts, meter.Events);
    }
}
