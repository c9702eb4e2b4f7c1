using System.Diagnostics.Metrics;
using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Segmentation;
using EventSegmentation.Segmentation;
using EventSegmentation.Segmentation.Projection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Metrics = EventSegmentation.Segmentation.Telemetry.Metrics;

namespace EventSegmentation.IntegrationTests.Chaos.Checks;

/// <summary>
/// One owner of all who follows the streams again in peace comes to the same ledger: so nothing is missing in it either. To be run
/// when nobody else projects any more; it forgets what was projected.
/// </summary>
internal static class ReplayCheck
{
    /// <param name="endedAt">When the last timer was fired for sure; later ones fire in the replay only.</param>
    public static async Task RunAsync(NpgsqlDataSource store, IReadOnlyList<LedgerLine> ledger, DateTimeOffset endedAt, Findings findings)
    {
        await using (var forget = store.CreateCommand(MergeWorld.Forget))
            await forget.ExecuteNonQueryAsync();
        await ReplayAsync(store);
        var again = (await LedgerLine.ReadAsync(store)).ToLookup(line => line.ContactId);
        var before = ledger.ToLookup(line => line.ContactId);
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

    private static async Task ReplayAsync(NpgsqlDataSource store)
    {
        await using var connection = await store.OpenConnectionAsync();
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var metrics = new Metrics(services.GetRequiredService<IMeterFactory>());
        using var wakeUp = new WakeUp();
        var tools = new ProjectionTools(store, new SegmentationOptions(), metrics, wakeUp, TimeProvider.System, NullLogger.Instance);
        await using var projection = await Projection.ResumeAsync(connection, tools, CancellationToken.None);

        // Until nothing but timers is left, which go on for ever.
        await using var behind = store.CreateCommand("select (select min(position) from segmentation.checkpoints where name = 'projector') < (select max(seq_id) from public.mt_events)");
        while (await projection.RunOnceAsync(CancellationToken.None) || (bool)(await behind.ExecuteScalarAsync())!)
        {
        }
    }
}
