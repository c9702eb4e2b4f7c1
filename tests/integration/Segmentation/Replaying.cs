using System.Diagnostics.Metrics;
using EventSegmentation.Segmentation;
using EventSegmentation.Segmentation.Projection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Metrics = EventSegmentation.Segmentation.Telemetry.Metrics;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>One owner of all forgets what was projected and follows the streams again, in peace. Nobody else may project.</summary>
internal static class Replaying
{
    /// <summary>Returns when nothing but timers is left, which go on for ever.</summary>
    public static async Task RunAsync(NpgsqlDataSource store)
    {
        await using (var forget = store.CreateCommand(MergeWorld.Forget))
            await forget.ExecuteNonQueryAsync();
        await using var connection = await store.OpenConnectionAsync();
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var metrics = new Metrics(services.GetRequiredService<IMeterFactory>());
        using var wakeUp = new WakeUp();
        var tools = new ProjectionTools(store, new SegmentationOptions(), metrics, wakeUp, TimeProvider.System, NullLogger.Instance);
        await using var projection = await Projection.ResumeAsync(connection, tools, CancellationToken.None);
        await using var behind = store.CreateCommand(
            "select (select min(position) from segmentation.checkpoints where name = 'projector') < (select coalesce(max(seq_id), 0) from public.mt_events)");
        while (await projection.RunOnceAsync(CancellationToken.None) || (bool)(await behind.ExecuteScalarAsync())!)
        {
        }
    }
}
