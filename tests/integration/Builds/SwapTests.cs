using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Builds;

/// <summary>What the swap waits for, and what it does not make wait.</summary>
public sealed class SwapTests : IAsyncLifetime
{
    private const string Seen = """{"event":"Seen","period":"all time"}""";
    private const string Paid = """{"event":"Paid","period":"all time"}""";

    private BuildWorld _world = null!;

    public async Task InitializeAsync()
    {
        _world = await BuildWorld.CreateAsync();
        await _world.SendAsync("a", "Seen");
        await _world.SendAsync("b", "Paid");
        await _world.SegmentAsync("s", Seen);
        await _world.ProjectAsync();
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_swap_that_a_held_timer_keeps_back_is_not_tried_again_at_once()
    {
        await _world.SegmentAsync("recent", """{"event":"Seen","period":"last 1 hour"}""");
        await _world.ProjectAsync();
        await _world.ExecuteAsync("update public.mt_streams set version = version + 1"); // news that cannot be read yet
        _world.Time.Now += TimeSpan.FromHours(1); // to the very instant at which the timer is due

        await _world.SegmentAsync("s", Paid);
        (await _world.ProjectAsync(rounds: 100)).Should().BeFalse("the owner rests");
        (await _world.StateAsync("s", 2)).Should().Be("building");

        await _world.ExecuteAsync("update public.mt_streams set version = version - 1");
        await _world.ProjectAsync();
        (await _world.StateAsync("s", 2)).Should().Be("live");
    }

    [Fact]
    public async Task What_was_recorded_before_a_swap_and_is_read_after_it_happens_at_the_swap()
    {
        var before = _world.Time.Now + TimeSpan.FromMinutes(1);
        var swapped = _world.Time.Now += TimeSpan.FromMinutes(2);
        await _world.SegmentAsync("s", Paid);
        await _world.ProjectAsync();

        _world.Time.Now = before;
        await _world.SendAsync("a", "Paid");
        await _world.SendAsync("c", "Paid");
        await _world.ProjectAsync();

        (await _world.LedgerAsync()).Should().Equal("a 1 +s:1 definition", "a 2 -s:2 definition", "a 3 +s:2 event", "b 1 +s:2 definition", "c 1 +s:2 event");
        (await _world.ScalarAsync<DateTime[]>("select array_agg(distinct at) from segmentation.ledger where version = 2")).Should().Equal(swapped.UtcDateTime);
        await _world.AddsUpAsync();

        await _world.SegmentAsync("s", Seen);
        await _world.ProjectAsync();
        (await _world.ScalarAsync<DateTime[]>("select array_agg(distinct at) from segmentation.ledger where version = 3")).Should().Equal([swapped.UtcDateTime], "the clock is behind the last swap");
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task What_is_followed_again_happens_at_its_own_instant()
    {
        var recorded = _world.Time.Now;
        _world.Time.Now += TimeSpan.FromHours(1);
        await _world.SegmentAsync("t", Paid);
        await _world.ProjectAsync();

        await _world.ForgetAsync();
        await _world.ProjectAsync();

        (await _world.ScalarAsync<DateTime[]>("select array_agg(distinct at) from segmentation.ledger")).Should().Equal(recorded.UtcDateTime);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_loud_change_that_waits_with_a_silent_one_makes_nobody_be_told_of_it(bool silentFirst)
    {
        await _world.SegmentAsync("user", """{"inSegment":"s"}""");
        await _world.ProjectAsync();

        if (!silentFirst)
            await _world.SegmentAsync("loud", Paid);
        await _world.SegmentAsync("s", Paid, silent: true);
        if (silentFirst)
            await _world.SegmentAsync("loud", Paid);
        await _world.ProjectAsync();

        (await _world.LedgerAsync("a")).Should().EndWith(["a 2 +user:1 definition", "a 0 -s:2 definition", "a 0 -user:1 definition"]);
        (await _world.LedgerAsync("b")).Should().BeEquivalentTo(["b 0 +s:2 definition", "b 0 +user:1 definition", "b 1 +loud:1 definition"]);
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task A_segment_that_a_silent_change_takes_out_of_its_group_enters_silently()
    {
        await _world.SegmentAsync("everybody", """{"all":[]}""");
        await _world.GroupAsync("life", "s", "everybody");
        await _world.ProjectAsync();

        // All start together: what is silent cannot serve without what is loud.
        await _world.ChangeAsync(silent: true, async connection => ([], [await SegmentRows.GroupAsync(connection, "life", "s")]));
        await _world.SegmentAsync("loud", Paid);
        await _world.SegmentAsync("friend", """{"inSegment":"loud"}""", silent: true);
        await _world.ProjectAsync();

        (await _world.LedgerAsync("a")).Should().Equal("a 1 +s:1 definition", "a 0 +everybody:1 definition");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_revival_that_is_cancelled_leaves_the_segment_archived(int times)
    {
        await _world.ArchiveAsync("s");
        await _world.ProjectAsync();
        var archived = await _world.ScalarAsync<DateTime>("select archived from segmentation.segments where key = 's'");
        _world.Time.Now += TimeSpan.FromHours(1);

        var build = 0L;
        for (var i = 0; i < times; i++)
            build = await _world.SegmentAsync("s", Paid);
        (await _world.CancelAsync(build)).Should().BeOfType<Cancellation.Cancelled>();

        (await _world.ScalarAsync<DateTime>("select archived from segmentation.segments where key = 's'")).Should().Be(archived);
    }

    [Fact]
    public async Task What_only_waits_changes_nothing_that_is_evaluated()
    {
        await using var connection = await _world.Source.OpenConnectionAsync();
        await _world.SegmentAsync("s", Paid);
        await _world.ProjectAsync(rounds: 1);
        var running = await PlanStore.LoadAsync(connection, CancellationToken.None);

        var waiting = await _world.SegmentAsync("t", Paid);
        (await LookAsync(running)).Should().Be(running with { IsWaiting = true });

        await _world.CancelAsync(waiting);
        (await LookAsync(running)).Should().Be(running);

        async Task<ActivePlan?> LookAsync(ActivePlan known)
        {
            var (plan, _, _) = await PlanStore.LookAsync(connection, known, new(), Positions.At(Partition.All, 0), limit: 1, CancellationToken.None);
            return plan;
        }
    }

    [Fact]
    public async Task A_build_that_only_ends_segments_looks_at_no_contact()
    {
        var build = BuildWorld.Accepted(await _world.ArchiveAsync("s"));
        await _world.ProjectAsync();

        (await _world.ScalarAsync<string>($"select state || ' ' || to_build from segmentation.builds where id = {build}")).Should().Be("done 0");
        (await _world.LedgerAsync("a")).Should().EndWith(["a 2 -s:1 definition"]);
    }

    [Fact]
    public async Task A_swap_takes_the_time_it_needs()
    {
        await _world.ExecuteAsync("""
            create function segmentation.dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(1.5); return null; end $$;
            create trigger dawdle after insert on segmentation.ledger for each row when (new.cause = 'definition') execute function segmentation.dawdle();
            create trigger dawdle after update of live_since on segmentation.segment_versions execute function segmentation.dawdle()
            """);
        await _world.SegmentAsync("s", Paid);
        await using var source = _world.ImpatientSource();

        await _world.ProjectAsync(source: source);

        (await _world.MembersAsync("s")).Should().Be("b");
    }

    [Theory]
    [InlineData("waiting")]
    [InlineData("building")]
    public async Task Live_work_goes_on_while_somebody_holds_the_plan(string state)
    {
        await _world.SegmentAsync("s", Paid);
        if (state == "building")
            await _world.ProjectAsync(rounds: 1);
        await using (var connection = await _world.Source.OpenConnectionAsync())
        await using (await connection.BeginTransactionAsync())
        {
            await using var hold = new NpgsqlCommand("select from segmentation.plan for update", connection);
            await hold.ExecuteNonQueryAsync();
            await _world.SendAsync("c", "Seen");
            (await _world.ProjectAsync(rounds: 100).WaitAsync(TimeSpan.FromMinutes(1))).Should().BeFalse("the owner rests");
            (await _world.MembersAsync("s")).Should().Be("a c");
            (await _world.StateAsync("s", 2)).Should().Be(state);
        }

        await _world.ProjectAsync();
        (await _world.MembersAsync("s")).Should().Be("b");
        await _world.AddsUpAsync();
    }
}
