using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.IntegrationTests.Builds;

/// <summary>What cannot be evaluated is suspended by itself: all others go on, nothing of them is evaluated twice or left out.</summary>
public sealed class SuspensionTests : IAsyncLifetime
{
    private const string Seen = """{"event":"Seen","period":"all time"}""";
    private const string Paid = """{"event":"Paid","period":"all time"}""";
    private const string Recent = """{"event":"Paid","period":"last 1 day"}""";
    private const string NotUnderstood = """{"telepathy": 1}""";

    private BuildWorld _world = null!;

    public async Task InitializeAsync()
    {
        _world = await BuildWorld.CreateAsync();
        await _world.SegmentAsync("seen", Seen);
        await _world.SegmentAsync("paid", Recent);
        await _world.SegmentAsync("both", """{"all":[{"event":"Seen","period":"all time"},{"inSegment":"paid"}]}""");
        await _world.ProjectAsync();
        await _world.SendAsync("p", "Paid");
        await _world.SendAsync("s", "Seen");
        await _world.ProjectAsync();
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_stored_condition_that_is_not_understood_is_suspended_at_the_start_and_the_others_go_on()
    {
        await CorruptConditionAsync("paid");
        await _world.SendAsync("p", "Seen");
        await _world.SendAsync("n", "Paid");
        await _world.SendAsync("n", "Seen");
        _world.Time.Now += TimeSpan.FromDays(2);
        await _world.ProjectAsync();

        (await SuspendedAsync()).Should().Be("paid", "nobody else is");
        (await ReasonAsync("paid")).Should().StartWith("Its stored condition is not understood: ").And.Contain("telepathy");
        (await _world.MembersAsync("paid")).Should().Be("p", "its members stay, and nobody joins them");
        (await _world.MembersAsync("seen")).Should().Be("n p s");
        (await _world.MembersAsync("both")).Should().Be("p", "who refers to it finds those members");
        (await _world.ScalarAsync<bool>("select min(position) = (select last_value from public.mt_events_sequence) from segmentation.checkpoints where name = 'projector'"))
            .Should().BeTrue("the projection has gone on");
        await _world.AddsUpAsync();

        (await ResumeAsync("paid")).Should().BeOfType<SegmentOutcome.NotUnderstood>();
        await _world.SegmentAsync("paid", Paid);
        await _world.ProjectAsync();
        (await SuspendedAsync()).Should().BeEmpty();
        (await _world.MembersAsync("paid")).Should().Be("n p", "the next version is built from the streams");
        (await _world.LedgerAsync("n")).Should().Equal("n 1 +seen:1 event", "n 2 +paid:2 definition", "n 3 +both:1 definition");
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task An_evaluation_that_throws_suspends_its_segment_alone_and_resuming_makes_it_right()
    {
        await CorruptStateAsync("p");
        await _world.SendAsync("s", "Paid"); // evaluated with what follows, and once
        await _world.SendAsync("p", "Seen");
        await _world.SendAsync("n", "Seen");
        await _world.ProjectAsync();

        (await SuspendedAsync()).Should().Be("paid");
        (await ReasonAsync("paid")).Should().Be("Its evaluation failed when what is kept for it was read: InvalidDataException.");
        (await _world.MembersAsync("paid")).Should().Be("p");
        (await _world.MembersAsync("seen")).Should().Be("n p s");
        (await _world.LedgerAsync()).Should().Equal("n 1 +seen:1 event", "p 1 +paid:1 event", "p 2 +seen:1 event", "p 3 +both:1 event", "s 1 +seen:1 event");

        (await ResumeAsync("seen")).Should().BeOfType<SegmentOutcome.NotSuspended>();
        (await ResumeAsync("paid")).Should().BeOfType<SegmentOutcome.Done>();
        (await ResumeAsync("paid")).Should().BeOfType<SegmentOutcome.NotSuspended>("it is on its way");
        await _world.ProjectAsync();
        (await SuspendedAsync()).Should().BeEmpty();
        (await _world.MembersAsync("paid")).Should().Be("p s");
        (await _world.LedgerAsync("s")).Should().Equal("s 1 +seen:1 event", "s 2 +paid:1 definition", "s 3 +both:1 definition");
        await _world.AddsUpAsync();

        _world.Time.Now += TimeSpan.FromDays(2);
        await _world.ProjectAsync();
        (await _world.MembersAsync("paid")).Should().BeEmpty("it follows time again");
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task A_timer_that_throws_holds_up_no_other()
    {
        await _world.SegmentAsync("fresh", """{"event":"Seen","period":"last 1 day"}""");
        await _world.ProjectAsync();
        await CorruptStateAsync("p");
        _world.Time.Now += TimeSpan.FromDays(2);
        await _world.ProjectAsync();

        (await SuspendedAsync()).Should().Be("paid");
        (await _world.MembersAsync("fresh")).Should().BeEmpty();
        (await _world.MembersAsync("paid")).Should().Be("p");
        (await _world.ScalarAsync<long>("select count(*) from segmentation.contact_states where due is not null")).Should().Be(0);
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task Replicas_agree_on_a_suspension_and_note_it_once()
    {
        _world.Owners = [[.. Partition.All.Where(partition => partition % 2 == 0)], [.. Partition.All.Where(partition => partition % 2 == 1)]];
        await CorruptConditionAsync("paid");
        foreach (var contact in Enumerable.Range(0, 10))
            await _world.SendAsync($"c{contact}", "Paid");
        await _world.ProjectAsync();
        var since = await _world.ScalarAsync<DateTime>("select suspended from segmentation.editions where suspended is not null");
        var editions = await _world.ScalarAsync<long>("select editions from segmentation.plan");

        _world.Time.Now += TimeSpan.FromHours(1);
        await _world.SendAsync("late", "Paid");
        await _world.ProjectAsync();
        (await _world.MembersAsync("paid")).Should().Be("p");
        (await _world.ScalarAsync<DateTime>("select suspended from segmentation.editions where suspended is not null")).Should().Be(since);
        (await _world.ScalarAsync<long>("select editions from segmentation.plan")).Should().Be(editions, "the second finds it done");
    }

    [Fact]
    public async Task A_build_that_cannot_be_evaluated_fails_with_its_reason_and_others_serve()
    {
        var build = await _world.SegmentAsync("paid", Paid);
        await _world.SegmentAsync("new", Seen);
        await _world.ExecuteAsync($$"""update segmentation.segment_versions set condition = '{{NotUnderstood}}' where state = 'waiting' and version = 2""");
        await _world.ProjectAsync();

        (await _world.ScalarAsync<string>($"select state || ': ' || reason from segmentation.builds where id = {build}"))
            .Should().StartWith("failed: 'paid', version 2: Its stored condition is not understood: ");
        (await _world.StateAsync("paid", 2)).Should().Be("cancelled");
        (await _world.StateAsync("paid", 1)).Should().Be("live");
        (await _world.MembersAsync("new")).Should().Be("s", "what was built together with it begins anew and serves");
        (await SuspendedAsync()).Should().BeEmpty("the version that serves is another");
        (await _world.ProjectAsync(rounds: 3)).Should().BeFalse("nothing is tried again");
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task A_build_that_meets_what_cannot_be_read_of_another_segment_goes_on()
    {
        await CorruptStateAsync("p");
        await _world.SegmentAsync("new", Paid);
        await _world.ProjectAsync();

        (await SuspendedAsync()).Should().Be("paid");
        (await _world.MembersAsync("new")).Should().Be("p");
        (await _world.StateAsync("new", 1)).Should().Be("live");
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task What_cannot_serve_without_a_build_that_fails_fails_with_it()
    {
        await _world.SegmentAsync("first", Seen);
        var second = await _world.SegmentAsync("second", """{"inSegment":"first"}""");
        await _world.ExecuteAsync($$"""
            update segmentation.segment_versions v set condition = '{{NotUnderstood}}' from segmentation.segments s where s.id = v.segment_id and s.key = 'first'
            """);
        await _world.ProjectAsync();

        (await _world.ScalarAsync<string>("select string_agg(state, ' ' order by id desc) from (select * from segmentation.builds order by id desc limit 2) last")).Should().Be("failed failed");
        (await _world.ScalarAsync<string>($"select reason from segmentation.builds where id = {second}")).Should().Contain("'first', version 1");
        (await _world.StateAsync("second", 1)).Should().Be("draft");
    }

    [Fact]
    public async Task A_circle_that_was_stored_suspends_those_in_it()
    {
        await _world.ExecuteAsync("""
            update segmentation.segment_versions v set condition = '{"inSegment":"both"}' from segmentation.segments s where s.id = v.segment_id and s.key = 'paid'
            """);
        await _world.SendAsync("n", "Seen");
        await _world.ProjectAsync();
        (await SuspendedAsync()).Should().Be("both paid");
        (await _world.MembersAsync("seen")).Should().Be("n s");
        await _world.SegmentAsync("other", Seen);
        await _world.ProjectAsync();
        (await _world.MembersAsync("other")).Should().Be("n s", "other segments can be changed");
    }

    [Fact]
    public async Task A_suspended_segment_stays_as_it_is_through_changes_merges_and_erasures_around_it()
    {
        await _world.GroupAsync("g", "paid", "seen");
        await _world.SendAsync("q", "Paid");
        await _world.SendAsync("q", "Seen");
        await _world.ProjectAsync();
        (await _world.MembersAsync("seen")).Should().Be("s", "q is in the first of the group");
        await CorruptConditionAsync("paid");
        await _world.SegmentAsync("seen", """{"event":"Seen","count":{"atLeast":1},"period":"last 30 days"}""");
        await _world.SendAsync("n", "Seen");
        await _world.SendAsync("n", "Paid");
        await _world.ProjectAsync();
        (await SuspendedAsync()).Should().Be("paid");
        (await _world.MembersAsync("paid")).Should().Be("p q");
        (await _world.MembersAsync("seen")).Should().Be("n s");

        await _world.MergeAsync("n", "q");
        await _world.ProjectAsync();
        (await _world.MembersAsync("paid")).Should().Be("p q");
        (await _world.MembersAsync("seen")).Should().Be("s");
        await _world.EraseAsync("p");
        await _world.ProjectAsync();
        (await _world.ScalarAsync<long>("select count(*) from segmentation.memberships m join segmentation.editions e on e.id = m.edition_id where e.suspended is not null")).Should().Be(1);
        await _world.AddsUpAsync();

        await _world.ArchiveAsync("both");
        await _world.GroupAsync("g", "seen");
        await _world.ProjectAsync();
        (await _world.ArchiveAsync("paid")).Should().BeOfType<BuildRequest.Accepted>();
        await _world.ProjectAsync();
        (await _world.LedgerAsync("q")).Last().Should().EndWith("-paid:1 definition");
        await _world.AddsUpAsync();
    }

    private Task CorruptConditionAsync(string key) => _world.ExecuteAsync($$"""
        update segmentation.segment_versions v set condition = '{{NotUnderstood}}' from segmentation.segments s where s.id = v.segment_id and s.key = '{{key}}'
        """);

    // What is kept of the one event of the contact stands last but for a zero: how many entries, which is wrong then, and the one.
    private async Task CorruptStateAsync(string contact)
    {
        var id = await _world.ContactAsync(contact);
        var state = await _world.ScalarAsync<byte[]>($"select state from segmentation.contact_states where contact_id = {id}");
        state[^5..].Should().Equal([3, 1, 0, 1, 0], "this is how it is written");
        state[^4] = 0x7F;
        await _world.ExecuteAsync($"update segmentation.contact_states set state = '\\x{Convert.ToHexString(state)}' where contact_id = {id}");
    }

    private Task<string> SuspendedAsync() => _world.ScalarAsync<string>("""
        select coalesce(string_agg(s.key, ' ' order by s.key), '') from segmentation.editions e join segmentation.segments s on s.id = e.segment_id
        where e.suspended is not null and e.state = 'live'
        """);

    private async Task<string> ReasonAsync(string key)
    {
        var view = (await new SegmentViewStore(_world.Source).FindAsync(key, CancellationToken.None))!.View;
        view.State.Should().Be("suspended");
        return view.Suspension!.Reason;
    }

    private Task<SegmentOutcome> ResumeAsync(string key) =>
        new SegmentStore(_world.Source).ResumeAsync(key, silent: false, IfMatch.Any, new("test", _world.Time.Now), CancellationToken.None);
}
