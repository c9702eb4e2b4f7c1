using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Projection;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Builds;

/// <summary>Builds that begin again, and slices of which one contact is all.</summary>
public sealed class RestartTests : IAsyncLifetime
{
    private const string Seen = """{"event":"Seen","period":"all time"}""";

    private BuildWorld _world = null!;

    public async Task InitializeAsync()
    {
        _world = await BuildWorld.CreateAsync();
        foreach (var contact in new[] { "a", "b", "c", "d" })
            await _world.SendAsync(contact, "Seen");
        await _world.SendAsync("c", "Paid");
        await _world.SegmentAsync("s", Seen, silent: true);
        await _world.ProjectAsync();
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Theory]
    [InlineData("all time", "a b c")]
    [InlineData("last 1 hour", "b")]
    public async Task What_was_kept_for_a_build_that_was_cancelled_is_made_anew_by_the_next_one(string period, string members)
    {
        var condition = $$"""{"event":"Paid","period":"{{period}}"}""";
        var build = await _world.SegmentAsync("t", condition);
        do
        {
            await _world.ProjectAsync(batch: 1, rounds: 1);
        }
        while (await _world.ScalarAsync<bool>($"select built < to_build or state = 'waiting' from segmentation.builds where id = {build}"));
        (await _world.CancelAsync(build)).Should().BeOfType<Cancellation.Cancelled>();

        // While nothing keeps the leaf: a moves on, and b between the two.
        await _world.SendAsync("a", "Paid");
        await _world.ProjectAsync();
        _world.Time.Now += TimeSpan.FromMinutes(40);
        await _world.SendAsync("b", "Paid");
        await _world.SegmentAsync("t", condition);
        await _world.ProjectAsync(batch: 1);
        (await _world.MembersAsync("t")).Should().Be("a b c");
        _world.Time.Now += TimeSpan.FromMinutes(20);
        await _world.SendAsync("b", "Paid");
        await _world.ProjectAsync();

        (await _world.MembersAsync("t")).Should().Be(members);
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task Nobody_is_built_of_whom_the_erasure_is_yet_to_be_projected()
    {
        // Whoever has taken a number and not committed keeps the projection from passing it.
        await using (var writer = await _world.Source.OpenConnectionAsync())
        await using (await writer.BeginTransactionAsync())
        {
            await using var number = new NpgsqlCommand("select nextval('public.mt_events_sequence')", writer);
            await number.ExecuteScalarAsync();
            await _world.EraseAsync("a");
            await _world.SegmentAsync("t", """{"not":{"event":"Paid","period":"all time"}}""");

            await _world.ProjectAsync(rounds: 20);
            (await _world.StateAsync("t", 1)).Should().Be("building");
        }

        await _world.ProjectAsync();

        (await _world.MembersAsync("t")).Should().Be("b d");
        (await _world.ScalarAsync<string[]>("select array_agg(cause order by position) from segmentation.ledger where contact_id not in (select contact_id from segmentation.identifiers)"))
            .Should().Equal("definition", "erasure");
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task Who_had_a_conflict_with_somebody_who_is_erased_is_built_as_everybody_else()
    {
        await _world.SendAsync("Paid", new { ContactId = "b", Email = "b@example.com" });
        await _world.SendAsync("Paid", new { ContactId = "a", Email = "b@example.com" });
        (await _world.ScalarAsync<long>("select count(*) from segmentation.conflicts")).Should().Be(2);
        await _world.EraseAsync("a");
        await _world.ProjectAsync();

        await _world.SegmentAsync("t", """{"event":"Paid","period":"all time"}""");
        await _world.ProjectAsync(rounds: 200);

        (await _world.StateAsync("t", 1)).Should().Be("live");
        (await _world.MembersAsync("t")).Should().Be("b c");
    }

    [Fact]
    public async Task A_contact_with_a_long_history_is_built_in_a_slice_of_its_own()
    {
        await _world.ExecuteAsync($$"""
            update public.mt_streams set version = version + {{BuildAhead.MaxFacts}};
            update segmentation.contact_states set stream_version = stream_version + {{BuildAhead.MaxFacts}}
            """);

        await _world.SegmentAsync("t", """{"event":"Paid","period":"all time"}""");
        await _world.ProjectAsync();

        (await _world.MembersAsync("t")).Should().Be("c");
    }
}
