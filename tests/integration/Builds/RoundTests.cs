using EventSegmentation.Segmentation.Builds;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Builds;

/// <summary>What is asked for, or taken back, after a round of the projection has looked and before it commits.</summary>
public sealed class RoundTests : IAsyncLifetime
{
    private const string Seen = """{"event":"Seen","period":"all time"}""";
    private const string Paid = """{"event":"Paid","period":"all time"}""";

    private BuildWorld _world = null!;

    public async Task InitializeAsync()
    {
        _world = await BuildWorld.CreateAsync();
        foreach (var contact in new[] { "a", "b", "c" })
            await _world.SendAsync(contact, contact == "a" ? "Seen" : "Paid");
        await _world.SegmentAsync("s", Seen);
        await _world.ProjectAsync();
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Theory]
    [InlineData(false, "a")]
    [InlineData(true, "a b c")]
    public async Task What_is_written_for_a_build_that_is_over_leaves_nothing_behind(bool isSuperseded, string members)
    {
        var edit = await _world.SegmentAsync("s", Paid);
        await _world.ProjectAsync(rounds: 1);

        await _world.ProjectAcrossAsync(connection => isSuperseded ? EditAsync(connection, """{"all":[]}""") : CancelAsync(connection, edit), batch: 1);

        (await _world.ScalarAsync<string>($"select state from segmentation.builds where id = {edit}")).Should().Be("cancelled");
        (await _world.MembersAsync("s")).Should().Be(members);
        (await _world.LedgerAsync("b")).Should().Equal(isSuperseded ? ["b 1 +s:3 definition"] : Array.Empty<string>());
        await _world.AddsUpAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_taken_back_before_its_swap_is_not_swapped(bool isSuperseded)
    {
        var end = BuildWorld.Accepted(await _world.ArchiveAsync("s"));
        await _world.ProjectAsync(rounds: 1);

        await _world.ProjectAcrossAsync(
            HoldTimersAsync, async () => _ = isSuperseded ? await _world.SegmentAsync("s", """{"all":[]}""") : (object)await _world.CancelAsync(end), rounds: 1);
        (await _world.MembersAsync("s")).Should().Be("a");
        await _world.ProjectAsync();

        (await _world.LedgerAsync("a")).Should().Equal("a 1 +s:1 definition");
        (await _world.MembersAsync("s")).Should().Be(isSuperseded ? "a b c" : "a");
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task What_is_asked_for_before_a_swap_waits_for_the_next_one()
    {
        await _world.ArchiveAsync("s");
        await _world.ProjectAsync(rounds: 1);

        await _world.ProjectAcrossAsync(HoldTimersAsync, () => _world.SegmentAsync("t", Paid), rounds: 1);
        (await _world.LedgerAsync()).Should().Equal("a 1 +s:1 definition", "a 2 -s:1 definition");
        (await _world.StateAsync("t", 1)).Should().Be("waiting");
        await _world.ProjectAsync();

        (await _world.MembersAsync("t")).Should().Be("b c");
        await _world.AddsUpAsync();
    }

    // A round looks at the plan first, then at the timers: there it waits.
    private static async Task HoldTimersAsync(NpgsqlConnection connection)
    {
        await using var hold = new NpgsqlCommand("lock table segmentation.contact_states in access exclusive mode", connection);
        await hold.ExecuteNonQueryAsync();
    }

    private async Task CancelAsync(NpgsqlConnection connection, long build)
    {
        await BuildStore.TakePlanAsync(connection, CancellationToken.None);
        (await BuildEndStore.CancelAsync(connection, build, _world.Time.Now, CancellationToken.None)).Should().BeOfType<Cancellation.Cancelled>();
    }

    private async Task EditAsync(NpgsqlConnection connection, string condition)
    {
        await BuildStore.TakePlanAsync(connection, CancellationToken.None);
        SegmentChange change = new(await SegmentRows.SegmentAsync(connection, "s", _world.Time.Now), await SegmentRows.VersionAsync(connection, "s", condition, _world.Time.Now));
        BuildWorld.Accepted(await BuildStore.RequestAsync(connection, "test", silent: false, [change], [], _world.Time.Now, CancellationToken.None));
    }
}
