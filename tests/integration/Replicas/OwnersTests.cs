using EventSegmentation.IntegrationTests.Builds;
using EventSegmentation.IntegrationTests.Segmentation;
using EventSegmentation.Segmentation.Streams;
using Xunit.Abstractions;

namespace EventSegmentation.IntegrationTests.Replicas;

/// <summary>Several owners of partitions, who take turns in ways that the seed decides, tell what one owner of all tells.</summary>
public sealed class OwnersTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 7)]
    [InlineData(3, 1_000)]
    public async Task Edits_and_new_orders_give_each_contact_the_ledger_that_one_owner_gives(int seed, int batch)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var lives = new List<string>();
        foreach (var owners in new[] { 1, 3 })
        {
            await using var world = await BuildWorld.CreateAsync();
            var script = new LifecycleScript(world, seed);
            await script.FoundAsync();
            for (var round = 0; round < 6; round++)
            {
                world.Owners = Shares(random, owners);
                await world.ProjectAsync(batch, restarts: round % 2 == 0);
                (await LifecycleScript.MembersAsync(world)).Should().Equal(script.Winners());
                await world.AddsUpAsync();
                await script.LiveAsync(events: 25);
                world.Owners = Shares(random, owners);
                await world.ProjectAsync(batch);
                await script.ChangeAsync();
            }

            await world.ProjectAsync(batch);
            await ReplicaChecks.LedgerIsWholeAsync(world.ScalarAsync<bool>);
            lives.Add(await world.EverythingAsync());
        }

        lives[0].Should().Contain("definition").And.Contain("clock").And.Contain("event");
        lives[1].Should().Be(lives[0]);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Changes_in_the_middle_of_builds_and_handovers_end_in_the_right_members(int seed)
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
            world.Owners = Shares(random, owners: 1 + random.Next(3));
            await world.ProjectAsync(batch: 3, restarts: round % 2 == 0, rounds: random.Next(12));
        }

        await world.ProjectAsync();

        (await LifecycleScript.MembersAsync(world)).Should().Equal(script.Winners());
        await world.AddsUpAsync();
        await ReplicaChecks.LedgerIsWholeAsync(world.ScalarAsync<bool>);
    }

    [Theory]
    [InlineData(6, 1)]
    [InlineData(7, 7)]
    [InlineData(8, 1_000)]
    public async Task Merging_and_giving_back_across_partitions_gives_each_contact_the_ledger_that_one_owner_gives(int seed, int batch)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(100 + seed);
        var lives = new List<string>();
        foreach (var owners in new[] { 1, 4 })
        {
            await using var world = await MergeWorld.CreateAsync();
            var script = new MergeScript(world, seed);
            await script.FoundAsync();
            for (var round = 0; round < 14; round++)
            {
                await script.LiveAsync(events: 10);
                world.Owners = Shares(random, owners);
                await world.ProjectAsync(batch, restarts: round % 3 == 0, rounds: random.Next(20));
            }

            await world.ProjectAsync(batch);
            await script.CheckAsync();
            await ReplicaChecks.LedgerIsWholeAsync(world.ScalarAsync<bool>);
            (await world.ScalarAsync<long>("select count(*) from segmentation.moved_contacts")).Should().BeGreaterThan(3, "merges are to cross partitions");
            var live = await world.ProjectedAsync();
            lives.Add(live);

            // Facts lie where they lay, so several owners can follow the streams again.
            await world.ForgetAsync();
            world.Owners = Shares(random, owners);
            await world.ProjectAsync(batch);
            (await world.ProjectedAsync()).Should().Be(live);
        }

        lives[0].Should().Contain("merge").And.Contain("clock").And.Contain("event");
        lives[1].Should().Be(lives[0]);
    }

    /// <summary>All partitions, dealt out at random; nobody goes empty.</summary>
    private static IReadOnlyList<IReadOnlyList<short>> Shares(Random random, int owners)
    {
        var partitions = Partition.All.ToArray();
        random.Shuffle(partitions);
        return [.. partitions.Select((partition, place) => (Partition: partition, Owner: place < owners ? place : random.Next(owners)))
            .GroupBy(one => one.Owner, one => one.Partition).Select(share => (IReadOnlyList<short>)[.. share.Order()])];
    }
}
