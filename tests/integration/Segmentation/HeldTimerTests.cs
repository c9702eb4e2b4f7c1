using System.Diagnostics.Metrics;
using EventSegmentation.IntegrationTests.Builds;
using EventSegmentation.Segmentation;
using EventSegmentation.Segmentation.Projection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Metrics = EventSegmentation.Segmentation.Telemetry.Metrics;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>Timers that are due while their contacts have news that cannot be read yet.</summary>
public sealed class HeldTimerTests : IAsyncLifetime
{
    private BuildWorld _world = null!;

    // a and b are due first, c and d after them.
    public async Task InitializeAsync()
    {
        _world = await BuildWorld.CreateAsync();
        await _world.SegmentAsync("recent", """{"event":"Seen","period":"last 1 hour"}""");
        await _world.ProjectAsync();
        foreach (var contact in new[] { "a", "b", "c", "d" })
        {
            await _world.SendAsync(contact, "Seen");
            _world.Time.Now += TimeSpan.FromMinutes(1);
        }

        await _world.ProjectAsync();
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1_000)]
    public async Task Timers_fire_past_contacts_whose_news_cannot_be_read_yet(int batch)
    {
        await HoldAsync("a", "b", "d");
        _world.Time.Now += TimeSpan.FromHours(2);

        (await _world.ProjectAsync(batch, rounds: 100)).Should().BeFalse("the owner rests");
        (await _world.MembersAsync("recent")).Should().Be("a b d");

        await ReleaseAsync("a", "b", "d");
        await _world.ProjectAsync(batch);
        (await _world.MembersAsync("recent")).Should().BeEmpty();
        (await _world.LedgerAsync("a")).Should().Equal("a 1 +recent:1 event", "a 2 -recent:1 clock");
    }

    [Fact]
    public async Task A_timer_that_is_held_is_none_to_wake_up_for()
    {
        await HoldAsync("a");
        _world.Time.Now = MergeWorld.Start + TimeSpan.FromMinutes(60);
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var metrics = new Metrics(services.GetRequiredService<IMeterFactory>());
        using var wakeUp = new WakeUp();
        await using var connection = await _world.Source.OpenConnectionAsync();
        await using var projection = await Projection.ResumeAsync(
            connection, new(_world.Source, new SegmentationOptions(), metrics, wakeUp, _world.Time, NullLogger.Instance), CancellationToken.None);

        (await projection.RunOnceAsync(CancellationToken.None)).Should().BeFalse();
        projection.NextDue.Should().Be(MergeWorld.Start + TimeSpan.FromMinutes(61), "that is when b leaves; a waits for its news");
    }

    private Task HoldAsync(params string[] contacts) => MoveAsync(1, contacts);

    private Task ReleaseAsync(params string[] contacts) => MoveAsync(-1, contacts);

    // A version ahead of what can be read, as with an event behind a gap.
    private async Task MoveAsync(int by, string[] contacts)
    {
        foreach (var contact in contacts)
            await _world.ExecuteAsync($"update public.mt_streams set version = version + {by} where id = '{await _world.ContactAsync(contact)}'");
    }
}
