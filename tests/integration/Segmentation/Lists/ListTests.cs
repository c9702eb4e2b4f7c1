using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using EventSegmentation.IntegrationTests.Builds;
using EventSegmentation.Segmentation.Contacts.Erasure;
using EventSegmentation.Segmentation.Segments.Lists;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.IntegrationTests.Segmentation.Lists;

/// <summary>Static segments: who is on the list, and what follows from it.</summary>
public sealed class ListTests : IAsyncLifetime, IDisposable
{
    private BuildWorld _world = null!;
    private ListedSegment _vips = null!;
    private ListEditor _lists = null!;
    private ListImportStore _imports = null!;
    private ListImporter? _importer;

    public async Task InitializeAsync()
    {
        _world = await BuildWorld.CreateAsync();
        _vips = await _world.ListAsync("vips");
        _lists = new(_world.Source, _world.Time);
        _imports = new(_world.Source);
        _importer = new(_world.Source, _lists, _imports, new(_world.Source), _world.Time);
        foreach (var who in new[] { "a", "b", "c" })
            await _world.SendAsync(who, "Seen");
        await _world.ProjectAsync();
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    public void Dispose() => _importer?.Dispose();

    [Fact]
    public async Task Joining_and_leaving_are_transitions_of_the_list_and_a_repetition_is_none()
    {
        await JoinAsync("a", "b", "a");
        await JoinAsync("b");
        _world.Time.Now += TimeSpan.FromMinutes(1);
        await LeaveAsync("a", "c");
        await JoinAsync("a");
        await _world.ProjectAsync();

        (await _world.LedgerAsync()).Should().Equal("a 1 +vips:1 list", "a 2 -vips:1 list", "a 3 +vips:1 list", "b 1 +vips:1 list");
        (await _world.MembersAsync("vips")).Should().Be("a b");
        (await _world.ScalarAsync<long>("select count(*) from public.mt_events where type in ('list_joined', 'list_left')")).Should().Be(4);
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task Members_found_before_a_build_and_by_it_are_the_same_and_so_are_those_of_a_replay()
    {
        await JoinAsync("a", "b");
        await _world.SegmentAsync("vip-buyers", """{"all":[{"inSegment":"vips"},{"event":"Paid","period":"all time"}]}""");
        await _world.SegmentAsync("old-vips", """{"inSegment":"vips","for":"7 days"}""");
        await _world.SendAsync("a", "Paid");
        await _world.ProjectAsync(batch: 1, restarts: true);
        (await _world.MembersAsync("vip-buyers")).Should().Be("a");
        (await _world.MembersAsync("old-vips")).Should().Be("");

        _world.Time.Now += TimeSpan.FromDays(3);
        await LeaveAsync("b");
        await JoinAsync("b");
        _world.Time.Now += TimeSpan.FromDays(4);
        await _world.ProjectAsync();
        (await _world.MembersAsync("old-vips")).Should().Be("a", "b left in between");
        _world.Time.Now += TimeSpan.FromDays(3);
        await _world.ProjectAsync();
        (await _world.MembersAsync("old-vips")).Should().Be("a b");

        // The same definitions from the beginning: everything is told again, the same whatever the batches.
        await _world.ForgetAsync();
        await _world.ProjectAsync();
        var once = await _world.EverythingAsync();
        await _world.ForgetAsync();
        await _world.ProjectAsync(batch: 1, restarts: true);
        (await _world.EverythingAsync()).Should().Be(once);
        (await _world.MembersAsync("old-vips")).Should().Be("a b");
    }

    [Fact]
    public async Task A_list_stands_in_an_exclusive_group()
    {
        await _world.SegmentAsync("seen", """{"event":"Seen","period":"all time"}""");
        await _world.GroupAsync("life", "vips", "seen");
        await _world.ProjectAsync();
        await JoinAsync("a");
        await _world.ProjectAsync();

        (await _world.LedgerAsync("a")).Should().Equal("a 1 +seen:1 definition", "a 2 -seen:1 list", "a 3 +vips:1 list");
        (await _world.ScalarAsync<long>("select count(distinct change_id) from segmentation.ledger where number in (2, 3)")).Should().Be(1);
        (await _world.MembersAsync("seen")).Should().Be("b c");
    }

    [Fact]
    public async Task A_person_is_on_a_list_if_any_of_its_contacts_is()
    {
        var (a, b) = (await _world.ContactAsync("a"), await _world.ContactAsync("b"));
        await JoinAsync("a");
        (await _world.Merges.MergeAsync(a, b, "test", CancellationToken.None)).Refusal.Should().BeNull();
        await _world.ProjectAsync();
        (await _world.MembersAsync("vips")).Should().Be("b");
        await JoinAsync("c");

        (await _world.Merges.UnmergeAsync(a, "test", CancellationToken.None)).Refusal.Should().BeNull();
        await _world.ProjectAsync();
        (await _world.MembersAsync("vips")).Should().Be("a c", "giving back gives back the list too");

        (await _world.Merges.MergeAsync(a, b, "test", CancellationToken.None)).Refusal.Should().BeNull();
        await JoinAsync("b");
        (await LeaveAsync("b")).Should().BeEquivalentTo(new { Removed = 1, Unchanged = 0 });
        await _world.ProjectAsync();
        (await _world.MembersAsync("vips")).Should().Be("c", "the person is taken off, by whichever contact was on it");
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task An_erased_contact_is_on_no_list_and_cannot_be_put_on_one()
    {
        var a = await _world.ContactAsync("a");
        await JoinAsync("a");
        await _world.ProjectAsync();
        (await new ContactEraser(_world.Source, _world.Time).EraseAsync(a, "test", CancellationToken.None)).Should().BeOfType<ErasureOutcome.Done>();
        await _world.ProjectAsync();

        (await _world.ScalarAsync<long>("select count(*) from segmentation.list_members")).Should().Be(0);
        (await _world.ScalarAsync<string>($"select string_agg(cause, ' ' order by number) from segmentation.ledger where contact_id = {a}")).Should().Be("list erasure");
        var outcome = (await _lists.ChangeAsync(_vips, [Wish(StreamId.Of(a), true), Wish("nobody", true)], "test", null, CancellationToken.None))!;
        outcome.Should().BeEquivalentTo(new { Added = 0, Sequence = (long?)null });
        outcome.Refused.Select(refusal => refusal.Reason).Should().BeEquivalentTo([ListRefusals.Erased, ListRefusals.Nobody]);
    }

    [Fact]
    public async Task Rivals_put_a_contact_on_a_list_once()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => JoinAsync("a", "b", "c")));

        outcomes.Sum(outcome => outcome.Added).Should().Be(3);
        outcomes.Sum(outcome => outcome.Unchanged).Should().Be(21);
        (await _world.ScalarAsync<long>("select count(*) from public.mt_events where type = 'list_joined'")).Should().Be(3);
    }

    [Fact]
    public async Task An_upload_does_what_its_lines_say_and_tells_which_it_could_not_do()
    {
        var import = await UploadAsync(ListImportMode.Add, "\uFEFFcontactId,name\r\na,Ada\r\n\r\n\"b\"\r\nnobody\n\"c\n" + new string('x', 5_000) + "\n");

        import.Should().BeEquivalentTo(new { Mode = "add", State = "done", StartedBy = "test", Lines = 5L, Added = 2L, Removed = 0L, Unchanged = 0L, Refused = 3L });
        import.Refusals.Should().Equal(new ListImportRefusal(5, ListRefusals.Nobody), new(6, ListRefusals.OpenQuote), new(7, ListRefusals.TooLong));
        (await UploadAsync(ListImportMode.Add, "a\ncontactId:b\n")).Should().BeEquivalentTo(new { Lines = 2L, Added = 0L, Unchanged = 2L });
        (await UploadAsync(ListImportMode.Remove, "b\nc")).Should().BeEquivalentTo(new { Lines = 2L, Removed = 1L, Unchanged = 1L });
        await _world.ProjectAsync();
        (await _world.MembersAsync("vips")).Should().Be("a");
    }

    [Fact]
    public async Task An_upload_that_replaces_takes_off_whom_it_does_not_name()
    {
        await JoinAsync("a", "b");
        (await _world.Merges.MergeAsync(await _world.ContactAsync("a"), await _world.ContactAsync("c"), "test", CancellationToken.None)).Refusal.Should().BeNull();

        (await UploadAsync(ListImportMode.Replace, "c\n")).Should().BeEquivalentTo(new { Added = 1L, Removed = 1L }, "a is a part of c, who is named");
        await _world.ProjectAsync();
        (await _world.MembersAsync("vips")).Should().Be("c");

        (await RunAsync(ListImportMode.Replace, "who\n\n")).Should().BeOfType<ListImportOutcome.NamesNobody>();
        (await _world.ScalarAsync<long>("select count(*) from segmentation.list_members")).Should().Be(2, "a file that names nobody empties no list");
    }

    [Fact]
    public async Task An_upload_that_breaks_off_says_how_far_it_came_and_can_be_sent_again()
    {
        var lines = string.Concat(Enumerable.Range(0, ListImporter.MaxSlice + 10).Select(i => i == 0 ? "a\n" : "b\n"));
        var body = new Pipe();
        var run = _importer!.RunAsync(_vips, ListImportMode.Replace, body.Reader, "test", CancellationToken.None);
        await body.Writer.WriteAsync(Encoding.UTF8.GetBytes(lines));
        await body.Writer.CompleteAsync(new IOException("The client is gone."));
        await run.Invoking(task => task).Should().ThrowAsync<IOException>();

        var broken = (await _imports.ListAsync(_vips.Id, long.MaxValue, 10, CancellationToken.None)).Single();
        broken.State.Should().Be("broken");
        broken.Ended.Should().NotBeNull();
        broken.Lines.Should().BeOneOf([0, ListImporter.MaxSlice], "slices are whole");
        broken.Removed.Should().Be(0, "the rest is taken off in the end only");
        var again = await UploadAsync(ListImportMode.Replace, lines);
        again.Should().BeEquivalentTo(new { State = "done", Lines = (long)(ListImporter.MaxSlice + 10) });
        (again.Added + broken.Added).Should().Be(2);
    }

    [Fact]
    public async Task Only_so_many_uploads_run_at_one_time_and_only_so_many_refusals_are_kept()
    {
        var waiting = Enumerable.Range(0, ListImporter.MaxAtOnce).Select(_ => new Pipe()).ToList();
        var runs = new List<Task<ListImportOutcome>>();
        foreach (var (i, pipe) in waiting.Index())
            runs.Add(_importer!.RunAsync(await _world.ListAsync($"list-{i}"), ListImportMode.Add, pipe.Reader, "test", CancellationToken.None));
        (await RunAsync(ListImportMode.Add, "a\n")).Should().BeOfType<ListImportOutcome.Busy>();
        foreach (var pipe in waiting)
            await pipe.Writer.CompleteAsync();
        await Task.WhenAll(runs);

        var import = await UploadAsync(ListImportMode.Add, string.Concat(Enumerable.Range(0, 2_500).Select(i => $"nobody-{i}\n")));
        import.Refused.Should().Be(2_500);
        import.Refusals.Should().HaveCount(ListImport.MaxRefusals);
        import.Refusals!.Select(refusal => refusal.Line).Should().Equal(Enumerable.Range(1, ListImport.MaxRefusals));
    }

    [Fact]
    public async Task A_list_takes_one_upload_at_a_time_on_whichever_replica()
    {
        await JoinAsync("a");
        using var other = new ListImporter(_world.Source, _lists, _imports, new(_world.Source), _world.Time);
        var (body, run) = await BeginAsync(ListImportMode.Replace);

        (await other.RunAsync(_vips, ListImportMode.Add, PipeReader.Create(ReadOnlySequence<byte>.Empty), "test", CancellationToken.None))
            .Should().BeOfType<ListImportOutcome.InUse>();
        (await OnlyImportAsync()).State.Should().Be("running");
        await EndAsync(body, "b\n");
        (await run).Should().BeOfType<ListImportOutcome.Done>();
        (await UploadAsync(ListImportMode.Add, "b\n")).Unchanged.Should().Be(1, "the list is free again");
    }

    [Fact]
    public async Task A_replacement_leaves_who_joined_while_it_ran_and_who_became_one_with_somebody_named()
    {
        foreach (var who in new[] { "d", "e", "f", "g", "h" })
            await _world.SendAsync(who, "Seen");
        await _world.MergeAsync("e", into: "f");
        await _world.MergeAsync("h", into: "d");
        await JoinAsync("a", "c", "d", "e", "g", "h");
        var (body, run) = await BeginAsync(ListImportMode.Replace);
        await body.WriteAsync(Encoding.UTF8.GetBytes("g\n" + string.Concat(Enumerable.Repeat("b\n", ListImporter.MaxSlice - 1))));
        await Eventually.BecomesAsync(OnlyImportAsync, import => import.Lines == ListImporter.MaxSlice, "the first slice");
        await LeaveAsync("c");
        await JoinAsync("c", "f");
        (await _world.Merges.MergeAsync(await _world.ContactAsync("b"), await _world.ContactAsync("a"), "test", CancellationToken.None)).Refusal.Should().BeNull();
        await EndAsync(body, "b\n");
        (await run).Should().BeOfType<ListImportOutcome.Done>();

        (await OnlyImportAsync()).Should().BeEquivalentTo(new { Added = 1L, Removed = 1L, Unchanged = (long)ListImporter.MaxSlice });
        (await ListedAsync()).Should().Be("a b c e f g", "c joined anew, and so did e as f, a is one with b, g is named, and only d, who is also h, is left over");
    }

    [Theory]
    [InlineData("add")]
    [InlineData("replace")]
    public async Task An_upload_that_meets_the_end_of_its_segment_stops_and_takes_nobody_off(string mode)
    {
        await JoinAsync("a", "c");
        var (body, run) = await BeginAsync(Enum.Parse<ListImportMode>(mode, ignoreCase: true));
        await body.WriteAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("b\n", ListImporter.MaxSlice))));
        await Eventually.BecomesAsync(OnlyImportAsync, import => import.Lines == ListImporter.MaxSlice, "the first slice");
        await _world.ArchiveAsync("vips");
        await EndAsync(body, "nobody\n");

        (await run).Should().BeOfType<ListImportOutcome.Archived>();
        (await OnlyImportAsync()).Should().BeEquivalentTo(new { State = "broken", Reason = "The segment was archived.", Lines = (long)ListImporter.MaxSlice, Added = 1L, Removed = 0L });
        (await ListedAsync()).Should().Be("a b c");
        (await _lists.ChangeAsync(_vips, [Wish("a", joins: false)], "test", null, CancellationToken.None)).Should().BeNull("while it is archived the list cannot be changed");
    }

    [Fact]
    public async Task A_replacement_that_meets_the_end_of_its_segment_at_the_very_last_takes_nobody_off()
    {
        await JoinAsync("a", "c");
        await _world.ExecuteAsync($"""
            create function segmentation.end_it() returns trigger language plpgsql as $$
            begin update segmentation.segments set archived = now() where id = {_vips.Id}; return null; end $$;
            create trigger end_it after update of lines on segmentation.list_imports for each row when (new.lines = 1) execute function segmentation.end_it()
            """);

        (await RunAsync(ListImportMode.Replace, "b\n")).Should().BeOfType<ListImportOutcome.Archived>();
        (await ListedAsync()).Should().Be("a b c");
    }

    [Fact]
    public async Task An_upload_whose_service_was_killed_is_broken_and_the_next_one_notes_it()
    {
        await _world.ExecuteAsync($"insert into segmentation.list_imports (segment_id, mode, state, started, started_by) values ({_vips.Id}, 'add', 'running', now(), 'test')");

        (await OnlyImportAsync()).Should().BeEquivalentTo(new { State = "broken", Reason = ListImport.Killed, Ended = (DateTimeOffset?)null });
        await UploadAsync(ListImportMode.Add, "a\n");
        var imports = await _imports.ListAsync(_vips.Id, long.MaxValue, 10, CancellationToken.None);
        imports.Select(import => (import.State, import.Reason, import.Ended)).Should().Equal(("done", null, _world.Time.Now), ("broken", ListImport.Killed, _world.Time.Now));
    }

    [Fact]
    public async Task An_upload_whose_lock_was_lost_does_nothing_more_once_another_has_begun()
    {
        var (body, run) = await BeginAsync(ListImportMode.Add);
        await _world.ScalarAsync<long>("select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory' and objsubid = 1 and database = (select oid from pg_database where datname = current_database())");
        await Eventually.BecomesAsync(OnlyImportAsync, import => import.State == "broken", "the lock being lost");
        using var other = new ListImporter(_world.Source, _lists, _imports, new(_world.Source), _world.Time);
        (await other.RunAsync(_vips, ListImportMode.Add, PipeReader.Create(new ReadOnlySequence<byte>("b\n"u8.ToArray())), "test", CancellationToken.None))
            .Should().BeOfType<ListImportOutcome.Done>();

        await EndAsync(body, "a\n");
        await run.Invoking(task => task).Should().ThrowAsync<InvalidOperationException>();
        (await ListedAsync()).Should().Be("b");
    }

    [Fact]
    public async Task An_upload_waits_while_live_work_is_behind()
    {
        await _world.ExecuteAsync($"update segmentation.checkpoints set position = position - {ListImporter.MaxBacklog} - 100 where name = 'projector'");
        var time = new WaitingTime();
        using var importer = new ListImporter(_world.Source, _lists, _imports, new(_world.Source), time);
        var run = importer.RunAsync(_vips, ListImportMode.Add, PipeReader.Create(new ReadOnlySequence<byte>("a\n"u8.ToArray())), "test", CancellationToken.None);

        (await Task.WhenAny(time.Waited, run)).Should().BeSameAs(time.Waited);
        (await OnlyImportAsync()).Lines.Should().Be(0);
        await _world.ExecuteAsync($"update segmentation.checkpoints set position = position + {ListImporter.MaxBacklog} + 100 where name = 'projector'");
        (await run).Should().BeOfType<ListImportOutcome.Done>();
        (await ListedAsync()).Should().Be("a");
    }

    private sealed class WaitingTime : TimeProvider
    {
        private readonly TaskCompletionSource _waited = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Waited => _waited.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _waited.TrySetResult();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }

    // An upload of which nothing has come yet, but which has begun.
    private async Task<(PipeWriter Body, Task<ListImportOutcome> Run)> BeginAsync(ListImportMode mode)
    {
        var pipe = new Pipe();
        var run = _importer!.RunAsync(_vips, mode, pipe.Reader, "test", CancellationToken.None);
        await Eventually.BecomesAsync(() => _imports.ListAsync(_vips.Id, long.MaxValue, 10, CancellationToken.None), imports => imports.Count == 1, "the upload having begun");
        return (pipe.Writer, run);
    }

    private static async Task EndAsync(PipeWriter body, string lines)
    {
        await body.WriteAsync(Encoding.UTF8.GetBytes(lines));
        await body.CompleteAsync();
    }

    private async Task<ListImport> OnlyImportAsync() => (await _imports.ListAsync(_vips.Id, long.MaxValue, 10, CancellationToken.None)).Single();

    private Task<string> ListedAsync() => _world.ScalarAsync<string>("""
        select coalesce(string_agg(i.value, ' ' order by i.value), '') from segmentation.list_members m
        join segmentation.identifiers i on i.contact_id = m.contact_id and i.kind = 'contactId'
        """);

    private Task<ListOutcome> JoinAsync(params string[] aliases) => ChangeAsync(aliases, joins: true);

    private Task<ListOutcome> LeaveAsync(params string[] aliases) => ChangeAsync(aliases, joins: false);

    private async Task<ListOutcome> ChangeAsync(string[] aliases, bool joins) =>
        (await _lists.ChangeAsync(_vips, [.. aliases.Select(alias => Wish(alias, joins))], "test", null, CancellationToken.None))!;

    private static ListWish Wish(string alias, bool joins) => new(0, new("contactId", alias), joins);

    private Task<ListImportOutcome> RunAsync(ListImportMode mode, string lines) =>
        _importer!.RunAsync(_vips, mode, PipeReader.Create(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(lines))), "test", CancellationToken.None);

    private async Task<ListImport> UploadAsync(ListImportMode mode, string lines)
    {
        var done = (await RunAsync(mode, lines)).Should().BeOfType<ListImportOutcome.Done>().Which;
        return (await _imports.ReadAsync(_vips.Id, done.Import, CancellationToken.None))!;
    }
}
