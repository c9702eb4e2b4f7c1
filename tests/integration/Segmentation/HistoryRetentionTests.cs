using EventSegmentation.Contracts;
using EventSegmentation.Segmentation;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.History;
using EventSegmentation.Segmentation.Schema;
using Microsoft.Extensions.Logging.Abstractions;

namespace EventSegmentation.IntegrationTests.Segmentation;

public sealed class HistoryRetentionTests(StreamStore store) : IClassFixture<StreamStore>
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly HistoryFilter All = new(null, null, null, null, null);

    [Fact]
    public async Task Unassigned_and_refused_events_leave_after_their_time_and_assigned_ones_stay()
    {
        await new EventTypeSwitchStore(store.Source).SwitchAsync("Kept", on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);
        foreach (var (day, name) in new[] { (0, "old"), (1, "young") })
        {
            await MatchAsync(day, "Kept", $"{name}-assigned", new { Email = $"{name}@kept.example" });
            await MatchAsync(day, "Kept", $"{name}-unassigned", new { nobody = 1 });
            await new RefusedEventStore(store.Source).AddAsync([EventHistoryTests.Refusal("Kept", $"{name}-refused", null, Start.AddDays(day))], CancellationToken.None);
        }

        var time = new SettableTime(Start.AddDays(90));
        (await Retention(time).RunOnceAsync(CancellationToken.None)).Should().Be(0, "ninety days are not over before their end");
        time.Now = Start.AddDays(90).AddMilliseconds(1);
        (await Retention(time).RunOnceAsync(CancellationToken.None)).Should().Be(2);

        (await new EventHistoryStore(store.Source).ListAsync(All with { Type = "Kept" }, null, 100, CancellationToken.None)).Select(one => one.EventId)
            .Should().BeEquivalentTo("old-assigned", "young-assigned", "young-unassigned", "young-refused");
    }

    [Fact]
    public async Task Many_leave_in_bounded_batches()
    {
        var count = (2 * RetentionStore.MaxBatch) + 1;
        await using (var command = store.Source.CreateCommand($"""
            insert into segmentation.refused_events (id, type, received_at, source, reasons, body)
            select gen_random_uuid(), 'Flood', '2020-01-01Z', 'http', '[]', '' from generate_series(1, {count})
            """))
            await command.ExecuteNonQueryAsync();
        var retention = new RetentionStore(store.Source);

        (await retention.DeleteAsync(Start.AddYears(-1), long.MaxValue, CancellationToken.None)).Should().Be(RetentionStore.MaxBatch);
        (await Retention(new SettableTime(Start)).RunOnceAsync(CancellationToken.None)).Should().Be(count - RetentionStore.MaxBatch);
    }

    [Fact]
    public async Task A_flood_of_refused_events_pushes_the_oldest_out()
    {
        await new RefusedEventStore(store.Source).AddAsync([.. Enumerable.Range(0, 5).Select(i => EventHistoryTests.Refusal("Pushed", $"pushed-{i}", null))], CancellationToken.None);
        await new RefusedEventStore(store.Source).AddAsync([EventHistoryTests.Refusal("Pushed", "pushed-last", null)], CancellationToken.None);

        await new RetentionStore(store.Source).DeleteAsync(DateTimeOffset.UnixEpoch, maxRefused: 3, CancellationToken.None);

        var kept = await new EventHistoryStore(store.Source).ListAsync(All with { Type = "Pushed" }, null, 100, CancellationToken.None);
        kept.Should().HaveCount(3).And.Contain(one => one.EventId == "pushed-last");
    }

    [Fact]
    public async Task While_another_replica_deletes_nothing_is_done()
    {
        await new RefusedEventStore(store.Source).AddAsync([EventHistoryTests.Refusal("Other", "other", null, Start.AddYears(-50))], CancellationToken.None);
        await using var other = await store.Source.OpenConnectionAsync();
        await using (await other.BeginTransactionAsync())
        {
            (await AdvisoryLocks.TryHoldInTransactionAsync(other, AdvisoryLocks.Retention, CancellationToken.None)).Should().BeTrue();
            (await new RetentionStore(store.Source).DeleteAsync(Start.AddYears(-40), long.MaxValue, CancellationToken.None)).Should().Be(0);
        }

        (await new RetentionStore(store.Source).DeleteAsync(Start.AddYears(-40), long.MaxValue, CancellationToken.None)).Should().Be(1);
    }

    private HistoryRetention Retention(TimeProvider time) => new(null!, new RetentionStore(store.Source), new SegmentationOptions(), time, NullLogger<HistoryRetention>.Instance);

    private async Task MatchAsync(int day, string type, string id, object parameters)
    {
        NormalizedEvent e = SegmentationService.Event(type, parameters, Start, id) with { ReceivedAt = Start.AddDays(day) };
        await new Matcher(store.Source, new ParameterCatalogue(), new RememberedContacts(), TimeProvider.System).AppendAsync([new(e, TraceParent: null)], CancellationToken.None);
    }
}
