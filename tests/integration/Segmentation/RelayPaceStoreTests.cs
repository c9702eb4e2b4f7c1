using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>When the clock lets the relay catch up, and when it does not.</summary>
public sealed class RelayPaceStoreTests(StreamStore store) : IClassFixture<StreamStore>
{
    [Fact]
    public async Task The_clock_waits_for_a_relay_that_is_behind_as_long_as_it_moves()
    {
        var time = new SettableTime(DateTimeOffset.UnixEpoch);
        var pace = new RelayPaceStore(time);

        (await IsBehindAsync(ledger: RelayPaceStore.MaxWaiting + 100, relay: 0)).Should().BeFalse("nobody knows yet whether it moves");
        (await IsBehindAsync(ledger: RelayPaceStore.MaxWaiting + 100, relay: 10)).Should().BeTrue("it moves");
        time.Now += RelayPaceStore.MaxStill / 2;
        (await IsBehindAsync(ledger: RelayPaceStore.MaxWaiting + 100, relay: 10)).Should().BeTrue("it moved a moment ago");
        time.Now += RelayPaceStore.MaxStill;
        (await IsBehindAsync(ledger: RelayPaceStore.MaxWaiting + 100, relay: 10)).Should().BeFalse("it stands: the broker is away");
        (await IsBehindAsync(ledger: RelayPaceStore.MaxWaiting + 100, relay: 99)).Should().BeTrue("it moves again");
        (await IsBehindAsync(ledger: RelayPaceStore.MaxWaiting + 100, relay: 100)).Should().BeFalse("it has caught up");

        // One partition that is behind is enough, if it is one of those asked for.
        async Task<bool> IsBehindAsync(long ledger, long relay)
        {
            await using var connection = await store.Source.OpenConnectionAsync();
            await using var command = new NpgsqlCommand($"""
                update segmentation.ledger_end set position = {ledger};
                update segmentation.checkpoints set position = case partition when 3 then {relay} when 4 then 0 else {ledger} end where name = 'relay'
                """, connection);
            await command.ExecuteNonQueryAsync();
            return await pace.IsBehindAsync(connection, [.. Partition.All.Where(partition => partition != 4)], CancellationToken.None);
        }
    }
}
