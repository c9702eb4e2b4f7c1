using EventSegmentation.Segmentation.Contacts.Erasure;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>What the projection makes of streams of which some were erased.</summary>
public sealed class ErasureProjectionTests : IAsyncLifetime
{
    private MergeWorld _world = null!;

    public async Task InitializeAsync()
    {
        _world = await MergeWorld.CreateAsync();
        await _world.SegmentAsync("seen", """{"event":"Seen","period":"all time"}""");
        await _world.SendAsync("1", "Seen", new { ContactId = "a" });
        await _world.SendAsync("2", "Seen", new { ContactId = "b" });
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Theory]
    [InlineData(1_000, false, false)]
    [InlineData(1, true, false)]
    [InlineData(1, true, true)]
    public async Task Erasing_a_former_survivor_leaves_the_other_person_to_itself(int batch, bool restarts, bool isReplay)
    {
        var (a, b) = (await _world.ContactAsync("a"), await _world.ContactAsync("b"));
        await _world.MergeAsync(a, into: b);
        await _world.UnmergeAsync(a);
        await EraseAsync(b);
        await _world.SendAsync("3", "Seen", new { ContactId = "a" });
        if (isReplay)
        {
            await _world.ProjectAsync();
            await _world.ForgetAsync();
        }

        await _world.ProjectAsync(batch, restarts);

        (await _world.SegmentsAsync(a)).Should().Equal("seen");
        await NothingIsKeptAsync(b);
    }

    [Fact]
    public async Task A_contact_that_another_program_gives_back_without_a_word_to_the_survivor_stands_for_itself()
    {
        var (a, b) = (await _world.ContactAsync("a"), await _world.ContactAsync("b"));
        await _world.MergeAsync(a, into: b);
        await WriteAsync(a, "contact_unmerged", $$"""{"By":"x","From":"{{b}}"}""");

        await _world.ProjectAsync();

        (await _world.SegmentsAsync(a)).Should().Equal("seen");
        (await _world.SegmentsAsync(b)).Should().Equal("seen");
        (await _world.ScalarAsync<bool>("select every(merged_into is null and state is not null) from segmentation.contact_states")).Should().BeTrue();
    }

    [Fact]
    public async Task No_later_fact_revives_an_erased_contact()
    {
        var (a, b) = (await _world.ContactAsync("a"), await _world.ContactAsync("b"));
        await EraseAsync(b);
        await _world.ProjectAsync();
        await WriteAsync(b, "contact_created", """{"Source":"x","Identifiers":[]}""");
        await WriteAsync(b, "event_recorded", """
            {"EventId":"x","EventType":"Seen","OccurredAt":"2026-03-01T12:00:00Z","ReceivedAt":"2026-03-01T12:00:00Z","Counts":true,"Import":false,"Params":{}}
            """);
        await WriteAsync(a, "contact_merged_into", $$"""{"By":"x","Into":"{{b}}"}""");

        await _world.ProjectAsync();

        await NothingIsKeptAsync(b);
        (await _world.SegmentsAsync(a)).Should().Equal(["seen"], "nobody goes into somebody who is not there");
    }

    private async Task EraseAsync(long contact) =>
        (await new ContactEraser(_world.Source, _world.Time).EraseAsync(contact, "test", CancellationToken.None)).Should().BeOfType<ErasureOutcome.Done>();

    private async Task NothingIsKeptAsync(long contact)
    {
        (await _world.ScalarAsync<bool>($"select state is null from segmentation.contact_states where contact_id = {contact}")).Should().BeTrue();
        (await _world.ScalarAsync<long>($"select count(*) from segmentation.memberships where contact_id = {contact}")).Should().Be(0);
    }

    // As another program might, which knows nothing of archives.
    private Task WriteAsync(long contact, string alias, string data) => _world.ExecuteAsync($"""
        with head as (update public.mt_streams set version = version + 1 where id = '{contact}' returning id, version)
        insert into public.mt_events (seq_id, id, stream_id, version, data, type, timestamp)
        select nextval('public.mt_events_sequence'), gen_random_uuid(), id, version, '{data}', '{alias}', now() from head
        """);
}
