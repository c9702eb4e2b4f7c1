namespace EventSegmentation.IntegrationTests.Builds;

/// <summary>Exclusive groups: who wins, and how a change of winner is told.</summary>
public sealed class GroupTests : IAsyncLifetime
{
    private const string Recent = """{"event":"Seen","period":"last 1 hour"}""";
    private const string Ever = """{"event":"Seen","period":"all time"}""";

    private BuildWorld _world = null!;

    public async Task InitializeAsync()
    {
        _world = await BuildWorld.CreateAsync();
        await _world.SegmentAsync("buyers", """{"event":"Paid","period":"all time"}""");
        await _world.SegmentAsync("recent", Recent);
        await _world.SegmentAsync("ever", Ever);
        await _world.GroupAsync("life", "buyers", "recent", "ever");
        await _world.ProjectAsync();
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task An_event_changes_the_winner_in_one_change()
    {
        await _world.SendAsync("a", "Seen");
        await _world.SendAsync("a", "Paid");
        await _world.ProjectAsync();

        (await _world.LedgerAsync()).Should().Equal("a 1 +recent:1 event", "a 2 -recent:1 event", "a 3 +buyers:1 event");
        await OneChangeAsync(2, 3);
    }

    [Fact]
    public async Task The_clock_changes_the_winner_in_one_change()
    {
        await _world.SendAsync("a", "Seen");
        await _world.ProjectAsync();
        _world.Time.Now += TimeSpan.FromHours(2);
        await _world.ProjectAsync();

        (await _world.LedgerAsync()).Should().Equal("a 1 +recent:1 event", "a 2 -recent:1 clock", "a 3 +ever:1 clock");
        await OneChangeAsync(2, 3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    public async Task An_edit_changes_the_winner_in_one_change(int batch)
    {
        await _world.SendAsync("a", "Seen");
        await _world.SendAsync("b", "Paid");
        await _world.ProjectAsync(batch);
        await _world.SegmentAsync("buyers", Ever);
        await _world.ProjectAsync(batch);

        (await _world.LedgerAsync()).Should().Equal(
            "a 1 +recent:1 event", "a 2 -recent:1 definition", "a 3 +buyers:2 definition",
            "b 1 +buyers:1 event", "b 2 -buyers:2 definition");
        await OneChangeAsync(2, 3);
        await _world.AddsUpAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    public async Task A_new_order_changes_the_winner_in_one_change(int batch)
    {
        await _world.SendAsync("a", "Seen");
        await _world.SendAsync("b", "Seen");
        await _world.SendAsync("b", "Paid");
        await _world.ProjectAsync(batch);
        await _world.GroupAsync("life", "ever", "buyers", "recent");
        await _world.ProjectAsync(batch);

        (await _world.LedgerAsync()).Should().Equal(
            "a 1 +recent:1 event", "a 2 -recent:1 definition", "a 3 +ever:1 definition",
            "b 1 +recent:1 event", "b 2 -recent:1 event", "b 3 +buyers:1 event", "b 4 -buyers:1 definition", "b 5 +ever:1 definition");
        (await _world.ScalarAsync<long>("select count(distinct change_id) from segmentation.ledger")).Should().Be(3);
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task The_swap_and_the_stream_name_a_change_alike() =>
        (await _world.ScalarAsync<Guid>("select segmentation.identity_of('change 1001 7 life')"))
            .Should().Be(new EventSegmentation.Segmentation.Ledger.LedgerEntry(1001, 7, 0, 0, false, default, "", null, null, null).ChangeTo("life"));

    [Fact]
    public async Task A_group_that_is_dissolved_gives_back_what_it_withheld()
    {
        await _world.SendAsync("a", "Seen");
        await _world.ProjectAsync();
        await _world.GroupAsync("life");
        await _world.ProjectAsync();

        (await _world.LedgerAsync()).Should().Equal("a 1 +recent:1 event", "a 2 +ever:1 definition");
        (await _world.ScalarAsync<long>("select count(*) from segmentation.segment_groups")).Should().Be(0);
        (await _world.ScalarAsync<long>("select count(group_key) from segmentation.editions where state = 'live'")).Should().Be(0);
    }

    [Fact]
    public async Task Others_see_the_winner_only()
    {
        await _world.SegmentAsync("sees-ever", """{"inSegment":"ever"}""");
        await _world.SendAsync("a", "Seen");
        await _world.ProjectAsync();

        (await _world.MembersAsync("sees-ever")).Should().BeEmpty();
        _world.Time.Now += TimeSpan.FromHours(2);
        await _world.ProjectAsync();
        (await _world.MembersAsync("sees-ever")).Should().Be("a");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000)]
    public async Task A_contact_that_enters_and_leaves_within_one_batch_does_both_in_order(int batch)
    {
        await _world.SegmentAsync("not-paid", """{"all":[{"event":"Seen","period":"all time"},{"not":{"event":"Paid","period":"all time"}}]}""");
        await _world.ProjectAsync();
        await _world.SendAsync("a", "Seen");
        await _world.SendAsync("a", "Paid");
        await _world.ProjectAsync(batch);

        (await _world.LedgerAsync()).Should().Equal(
            "a 1 +recent:1 event", "a 2 +not-paid:1 event", "a 3 -recent:1 event", "a 4 -not-paid:1 event", "a 5 +buyers:1 event");
    }

    private async Task OneChangeAsync(long exit, long entry)
    {
        var changes = await _world.ScalarAsync<Guid[]>($"select array_agg(distinct change_id) from segmentation.ledger where number in ({exit}, {entry}) and contact_id = {await _world.ContactAsync("a")}");
        changes.Should().ContainSingle();
        (await _world.ScalarAsync<long>("select count(*) from segmentation.ledger where change_id is not null")).Should().Be(2);
    }
}
