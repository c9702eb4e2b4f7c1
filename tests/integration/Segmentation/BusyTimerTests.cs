using System.Diagnostics.Metrics;
using EventSegmentation.IntegrationTests.Builds;
using EventSegmentation.Segmentation;
using EventSegmentation.Segmentation.Projection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Metrics = EventSegmentation.Segmentation.Telemetry.Metrics;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>Timers of an owner who is never without news.</summary>
public sealed class BusyTimerTests
{
    [Fact]
    public async Task Timers_fire_in_time_while_the_news_never_ends()
    {
        await using var world = await BuildWorld.CreateAsync();
        await world.SegmentAsync("recent", """{"event":"Seen","period":"last 1 hour"}""");
        await world.ProjectAsync();
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var metrics = new Metrics(services.GetRequiredService<IMeterFactory>());
        using var wakeUp = new WakeUp();
        await using var connection = await world.Source.OpenConnectionAsync();
        await using var projection = await Projection.ResumeAsync(
            connection, new(world.Source, new SegmentationOptions(), metrics, wakeUp, world.Time, NullLogger.Instance), CancellationToken.None);
        await projection.RunOnceAsync(CancellationToken.None);
        projection.NextDue.Should().BeNull("nobody is in the segment");
        var left = new List<string>();

        for (var minute = 0; minute < 70; minute++)
        {
            await world.SendAsync($"c{minute}", "Seen");
            await projection.RunOnceAsync(CancellationToken.None);
            projection.NextDue.Should().Be(MergeWorld.Start + TimeSpan.FromMinutes(60 + left.Count), $"in minute {minute}");

            world.Time.Now += TimeSpan.FromMinutes(1);
            await world.SendAsync("other", "Paid");
            await projection.RunOnceAsync(CancellationToken.None);
            if (minute >= 59)
            {
                left.Add($"c{minute - 59}");
                (await world.LedgerAsync(left[^1])).Should().HaveCount(2, $"it leaves with the minute {minute + 1}, beside news").And.Contain(row => row.EndsWith("clock"));
            }
        }
    }
}
