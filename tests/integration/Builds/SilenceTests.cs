namespace EventSegmentation.IntegrationTests.Builds;

/// <summary>Silent and loud changes that cannot serve without each other, and so are swapped together.</summary>
public sealed class SilenceTests : IAsyncLifetime
{
    private BuildWorld _world = null!;

    public async Task InitializeAsync() => _world = await BuildWorld.CreateAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Half_a_change_of_winner_that_is_silent_is_neither_numbered_nor_named()
    {
        await _world.SendAsync("a", "Seen");
        await _world.SendAsync("b", "Paid");
        await _world.SegmentAsync("first", """{"event":"Seen","period":"all time"}""");
        await _world.SegmentAsync("everybody", """{"all":[]}""");
        await _world.SegmentAsync("nobody", """{"any":[]}""");
        await _world.SegmentAsync("watcher", """{"inSegment":"everybody"}""");
        await _world.GroupAsync("life", "first", "everybody");
        await _world.ProjectAsync();

        // The silent friend refers to what is loud, so all start together. The new order is silent, and with it what stands behind
        // others in it. The watcher only refers to some of them: it is silent if all are.
        await _world.ChangeAsync(silent: true, async connection => ([], [await SegmentRows.GroupAsync(connection, "life", "first", "nobody", "everybody")]));
        await _world.SegmentAsync("first", """{"event":"Paid","period":"all time"}""");
        await _world.SegmentAsync("loud", """{"event":"Seen","period":"all time"}""");
        await _world.SegmentAsync("friend", """{"inSegment":"loud"}""", silent: true);
        await _world.ProjectAsync();

        (await _world.LedgerAsync()).Should().Equal(
            "a 1 +first:1 definition",
            "a 2 -first:2 definition", "a 0 +everybody:1 definition", "a 3 +watcher:1 definition", "a 4 +loud:1 definition", "a 0 +friend:1 definition",
            "b 1 +everybody:1 definition", "b 2 +watcher:1 definition",
            "b 0 -everybody:1 definition", "b 3 -watcher:1 definition", "b 4 +first:2 definition");
        (await _world.ScalarAsync<long>("select count(change_id) from segmentation.ledger")).Should().Be(0);
        await _world.AddsUpAsync();
    }
}
