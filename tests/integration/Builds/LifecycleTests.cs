using Xunit.Abstractions;

namespace EventSegmentation.IntegrationTests.Builds;

/// <summary>Six lifecycle segments in a group over generated histories.</summary>
public sealed class LifecycleTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task At_every_instant_one_segment_has_each_contact_that_qualifies_for_any(int seed)
    {
        output.WriteLine($"seed {seed}");
        await using var world = await BuildWorld.CreateAsync();
        var script = new LifecycleScript(world, seed);
        await script.FoundAsync();
        await world.ProjectAsync();
        for (var day = 0; day < 12; day++)
        {
            await script.LiveAsync(events: 20);
            await world.ProjectAsync(batch: 7);

            (await LifecycleScript.MembersAsync(world)).Should().Equal(script.Winners(), $"at {world.Time.Now:O} every contact that qualifies has one winner");
            await world.AddsUpAsync();
        }

        (await world.ScalarAsync<long>("select count(*) from (select change_id from segmentation.ledger where change_id is not null group by change_id having count(*) <> 2 or bool_and(entered) or not (array_agg(entered order by number))[2]) odd"))
            .Should().Be(0, "a change of winner is an exit and then an entry");
        (await world.ScalarAsync<long>("select count(distinct cause) from segmentation.ledger where change_id is not null")).Should().Be(2, "events and the clock change winners");
    }

    [Theory]
    [InlineData(6, false)]
    [InlineData(7, false)]
    [InlineData(8, true)]
    [InlineData(9, true)]
    public async Task Changes_that_come_in_the_middle_of_a_build_and_of_events_end_in_the_right_members(int seed, bool unites)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var world = await BuildWorld.CreateAsync();
        var script = new LifecycleScript(world, seed);
        await script.FoundAsync();
        for (var round = 0; round < 12; round++)
        {
            await script.LiveAsync(events: 10);
            await script.ChangeAsync();
            if (unites)
                await script.UniteAsync();
            await world.ProjectAsync(batch: 3, restarts: round % 2 == 0, rounds: random.Next(12));
        }

        await world.ProjectAsync();

        (await LifecycleScript.MembersAsync(world)).Should().Equal(script.Winners());
        await world.AddsUpAsync();
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, false)]
    [InlineData(10, true)]
    public async Task Batches_of_1_7_and_1000_give_the_same_ledger_through_edits_and_new_orders(int seed, bool unites)
    {
        output.WriteLine($"seed {seed}");
        var lives = new List<string>();
        foreach (var (batch, restarts) in new[] { (1, false), (7, true), (1_000, false) })
        {
            await using var world = await BuildWorld.CreateAsync();
            var script = new LifecycleScript(world, seed);
            await script.FoundAsync();
            await world.ProjectAsync(batch);
            for (var round = 0; round < 5; round++)
            {
                await script.LiveAsync(events: 25);
                await script.ChangeAsync();
                for (var i = 0; unites && i < 3; i++)
                    await script.UniteAsync();
                await world.ProjectAsync(batch, restarts);
                (await LifecycleScript.MembersAsync(world)).Should().Equal(script.Winners());
                await world.AddsUpAsync();
            }

            lives.Add(await world.EverythingAsync());
        }

        lives[0].Should().Contain("definition").And.Contain("clock").And.Contain("event");
        lives[1].Should().Be(lives[0]);
        lives[2].Should().Be(lives[0]);
    }

    [Fact]
    public async Task Following_the_streams_again_gives_the_same_members_and_the_same_ledger()
    {
        await using var world = await BuildWorld.CreateAsync();
        var script = new LifecycleScript(world, seed: 5);
        await script.FoundAsync();
        await world.SegmentAsync("sees-others", """{"any":[{"inSegment":"others"},{"inSegment":"sleepers","for":"1 day"}]}""");
        await world.ProjectAsync();
        await script.LiveAsync(events: 300);
        await world.ProjectAsync(batch: 7);
        var first = await world.EverythingAsync();

        await world.ForgetAsync();
        await world.ProjectAsync();

        first.Should().Contain("clock").And.Contain("event");
        (await world.EverythingAsync()).Should().Be(first);
    }
}
