using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Segmentation;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos.Checks;

/// <summary>
/// One owner of all who follows the streams again in peace comes to the same ledger: so nothing is missing in it either. To be run
/// when nobody else projects any more; it forgets what was projected. Of the erased it finds nothing.
/// </summary>
internal static class ReplayCheck
{
    /// <param name="endedAt">When the last timer was fired for sure; later ones fire in the replay only.</param>
    public static async Task RunAsync(NpgsqlDataSource store, IReadOnlyList<LedgerLine> ledger, StoredPeople people, DateTimeOffset endedAt, Findings findings)
    {
        await Replaying.RunAsync(store);
        var again = (await LedgerLine.ReadAsync(store)).ToLookup(line => line.ContactId);
        var before = ledger.Where(line => !people.IsErased(line.ContactId)).ToLookup(line => line.ContactId);
        foreach (var contact in before.Select(group => group.Key).Union(again.Select(group => group.Key)))
        {
            LedgerLine[] live = [.. before[contact]];
            LedgerLine[] replayed = [.. again[contact]];
            foreach (var (first, second) in live.Zip(replayed).Where(pair => pair.First != pair.Second with { Position = pair.First.Position }).Take(1))
                findings.Add($"{first}; a replay has {second} there");
            foreach (var line in live.Skip(replayed.Length).Take(1))
                findings.Add($"{line}; a replay has nothing there");
            foreach (var line in replayed.Skip(live.Length).Where(line => line.Cause != TransitionCause.Clock || line.At < endedAt).Take(1))
                findings.Add($"a replay has {line}; the ledger has nothing there");
        }
    }
}
