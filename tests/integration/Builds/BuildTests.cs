using EventSegmentation.Segmentation.Builds;

namespace EventSegmentation.IntegrationTests.Builds;

/// <summary>What becomes of definitions that are created, edited, ended and taken back while contacts go on living.</summary>
public sealed class BuildTests : IAsyncLifetime
{
    private const string Seen = """{"event":"Seen","period":"all time"}""";
    private const string Paid = """{"event":"Paid","period":"all time"}""";

    private BuildWorld _world = null!;

    public async Task InitializeAsync()
    {
        _world = await BuildWorld.CreateAsync();
        foreach (var contact in new[] { "a", "b", "c" })
            await _world.SendAsync(contact, "Seen");
        foreach (var contact in new[] { "b", "c", "d" })
            await _world.SendAsync(contact, "Paid");
        await _world.SegmentAsync("s", Seen, silent: true);
        await _world.ProjectAsync();
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(1_000, false)]
    public async Task The_old_version_serves_until_the_swap_and_only_the_difference_is_told(int batch, bool restarts)
    {
        await _world.SegmentAsync("s", Paid);
        await _world.ProjectAsync(batch, restarts, rounds: 2);
        (await _world.StateAsync("s", 2)).Should().Be("building");
        (await _world.MembersAsync("s")).Should().Be("a b c");

        await _world.SendAsync("e", "Seen");
        await _world.SendAsync("f", "Paid");
        await _world.ProjectAsync(batch, restarts);

        (await _world.MembersAsync("s")).Should().Be("b c d f");
        (await _world.LedgerAsync()).Should().Equal(
            "a 0 +s:1 definition", "a 1 -s:2 definition",
            "b 0 +s:1 definition",
            "c 0 +s:1 definition",
            "d 1 +s:2 definition",
            "e 1 +s:1 event", "e 2 -s:2 definition",
            "f 1 +s:2 definition");
        await _world.AddsUpAsync();
        (await _world.StateAsync("s", 1)).Should().Be("retired");
        (await _world.StateAsync("s", 2)).Should().Be("live");
    }

    [Fact]
    public async Task A_silent_edit_tells_nobody_and_still_adds_up()
    {
        await _world.SegmentAsync("s", Paid, silent: true);
        await _world.ProjectAsync();
        await _world.SendAsync("a", "Paid");
        await _world.ProjectAsync();

        (await _world.LedgerAsync("a")).Should().Equal("a 0 +s:1 definition", "a 0 -s:2 definition", "a 1 +s:2 event");
        (await _world.LedgerAsync("d")).Should().Equal("d 0 +s:2 definition");
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task An_edit_of_a_segment_changes_those_that_refer_to_it_in_the_same_moment()
    {
        await _world.SegmentAsync("user", """{"inSegment":"s"}""");
        await _world.SegmentAsync("users-user", """{"not":{"inSegment":"user"}}""");
        await _world.ProjectAsync();

        await _world.SegmentAsync("s", Paid);
        await _world.ProjectAsync(batch: 1);

        (await _world.MembersAsync("user")).Should().Be("b c d");
        (await _world.LedgerAsync("a")).Should().EndWith(["a 2 -s:2 definition", "a 3 -user:1 definition", "a 4 +users-user:1 definition"]);
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task Changes_that_wait_together_are_swapped_together()
    {
        await _world.SegmentAsync("s", Paid);
        await _world.SegmentAsync("t", """{"not":{"inSegment":"s"}}""");
        await _world.ProjectAsync();

        (await _world.LedgerAsync("a")).Should().EndWith(["a 1 -s:2 definition", "a 2 +t:1 definition"]);
        (await _world.ScalarAsync<long>("select count(distinct live_since) from segmentation.segment_versions where state = 'live'")).Should().Be(1);
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task A_build_whose_leaves_are_kept_already_reads_no_history()
    {
        await _world.ExecuteAsync("truncate public.mt_events");

        await _world.SegmentAsync("others", $$"""{"not":{{Seen}}}""");
        await _world.ProjectAsync();

        (await _world.MembersAsync("others")).Should().Be("d");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_newer_change_of_the_same_segment_takes_the_place_of_one_that_waits_or_runs(int rounds)
    {
        var first = await _world.SegmentAsync("s", """{"all":[]}""");
        await _world.ProjectAsync(batch: 1, rounds: rounds);
        await _world.SegmentAsync("s", Paid);
        await _world.ProjectAsync(batch: 1);

        (await _world.StateAsync("s", 2)).Should().Be("cancelled");
        (await _world.StateAsync("s", 3)).Should().Be("live");
        (await _world.ScalarAsync<string>($"select state from segmentation.builds where id = {first}")).Should().Be("cancelled");
        (await _world.MembersAsync("s")).Should().Be("b c d");
        (await _world.LedgerAsync("d")).Should().Equal("d 1 +s:3 definition");
        await _world.AddsUpAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_build_that_is_cancelled_leaves_nothing_behind_and_others_go_on(int rounds)
    {
        var edit = await _world.SegmentAsync("s", Paid);
        var other = await _world.SegmentAsync("t", Paid);
        await _world.ProjectAsync(batch: 1, rounds: rounds);

        (await _world.CancelAsync(edit)).Should().BeOfType<Cancellation.Cancelled>();
        (await _world.CancelAsync(edit)).Should().BeOfType<Cancellation.NotPending>();
        (await _world.StateAsync("t", 1)).Should().Be("waiting", "what ran with it begins anew");
        await _world.ProjectAsync(batch: 1);

        (await _world.StateAsync("s", 2)).Should().Be("cancelled");
        (await _world.MembersAsync("s")).Should().Be("a b c");
        (await _world.MembersAsync("t")).Should().Be("b c d");
        (await _world.ScalarAsync<string>($"select state from segmentation.builds where id = {other}")).Should().Be("done");
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task A_first_version_that_is_cancelled_is_a_draft_again()
    {
        var build = await _world.SegmentAsync("t", Paid);

        (await _world.CancelAsync(build)).Should().BeOfType<Cancellation.Cancelled>();

        (await _world.StateAsync("t", 1)).Should().Be("draft");
    }

    [Fact]
    public async Task What_others_that_wait_refer_to_cannot_be_cancelled_or_ended()
    {
        var build = await _world.SegmentAsync("t", Paid);
        await _world.SegmentAsync("user", """{"all":[{"inSegment":"t"},{"inSegment":"s"}]}""");

        (await _world.CancelAsync(build)).Should().BeOfType<Cancellation.Needed>().Which.Problems
            .Should().Equal(new WorldProblem.UnknownSegment("user", "t", Nearest: "s", IsIdle: true));
        (await _world.ArchiveAsync("s")).Should().BeOfType<BuildRequest.Refused>().Which.Problems
            .Should().Equal(new WorldProblem.UnknownSegment("user", "s", Nearest: "t", IsIdle: true));
    }

    [Fact]
    public async Task An_archived_segment_lets_its_members_leave_and_is_revived_by_its_next_version()
    {
        await _world.ArchiveAsync("s");
        (await _world.MembersAsync("s")).Should().Be("a b c", "it serves until the swap");
        await _world.ProjectAsync();
        (await _world.LedgerAsync("a")).Should().EndWith(["a 1 -s:1 definition"]);
        (await _world.ScalarAsync<bool>("select archived is not null from segmentation.segments where key = 's'")).Should().BeTrue();

        await _world.SegmentAsync("s", Seen);
        await _world.ProjectAsync();

        (await _world.LedgerAsync("a")).Should().EndWith(["a 1 -s:1 definition", "a 2 +s:2 definition"]);
        (await _world.ScalarAsync<bool>("select archived is null from segmentation.segments where key = 's'")).Should().BeTrue();
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task Timers_that_are_due_fire_before_the_swap()
    {
        await _world.SegmentAsync("s", """{"event":"Seen","period":"last 1 hour"}""");
        await _world.ProjectAsync();
        _world.Time.Now += TimeSpan.FromMinutes(30);
        await _world.SendAsync("b", "Seen");
        await _world.ProjectAsync();

        await _world.SegmentAsync("s", """{"not":{"event":"Seen","period":"last 1 hour"}}""");
        _world.Time.Now += TimeSpan.FromHours(2);
        await _world.ProjectAsync(batch: 1);

        (await _world.LedgerAsync("a")).Should().EndWith(["a 1 -s:2 clock", "a 2 +s:3 definition"]);
        (await _world.LedgerAsync("b")).Should().EndWith(["b 1 -s:2 clock", "b 2 +s:3 definition"]);
        await _world.AddsUpAsync();
    }
}
