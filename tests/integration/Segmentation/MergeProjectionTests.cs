using System.Globalization;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Contacts;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>What merging and giving back do to memberships and the ledger, over streams, with a clock that the test moves.</summary>
public sealed class MergeProjectionTests : IAsyncLifetime
{
    // One of each kind that keeps something of its own; none that sees the contact's id.
    private static readonly (string Key, string Condition)[] Segments =
    [
        ("at-work", """{"event":"Seen","count":{"atLeast":3},"period":"last 2 hours"}"""),
        ("known", """{"contact":"email","exists":true}"""),
        ("lapsed", """{"last":"Seen","period":"more than 3 hours ago"}"""),
        ("much", """{"event":"Paid","sum":"n","atLeast":90,"period":"last 6 hours"}"""),
        ("never-paid", """{"not":{"event":"Paid","period":"last 5 hours"}}"""),
        ("new", """{"contact":"firstSeen","during":"last 1 day"}"""),
        ("paid-after", """{"sequence":[{"event":"Seen"},{"event":"Paid","within":"30 minutes"}],"period":"last 4 hours"}"""),
        ("settled", """{"inSegment":"never-paid","for":"2 hours"}"""),
        ("steady", """{"streak":"Seen","previous":3,"complete":"days","atLeast":12}"""),
        ("unpaid", """{"last":"Seen","period":"last 1 day except last 1 hour","notFollowedBy":{"event":"Paid"}}"""),
        ("variety", """{"event":"Seen","distinct":"n","atLeast":12,"period":"today"}"""),
    ];

    private static readonly string[] One = ["r"];
    private static readonly string[] Twins = ["r", "t"];

    private readonly Random _random = new(20);
    private MergeWorld _world = null!;
    private int _sent;

    public async Task InitializeAsync() => _world = await MergeWorld.CreateAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Giving_back_after_a_thousand_events_leaves_what_never_merging_leaves()
    {
        await CreateSegmentsAsync();
        await LiveAsync(200);
        var (a, b, twinA, twinB) = (await _world.ContactAsync("r-a"), await _world.ContactAsync("r-b"), await _world.ContactAsync("t-a"), await _world.ContactAsync("t-b"));

        await _world.ProjectAsync();
        var merged = _world.Time.Now;
        await _world.MergeAsync(a, into: b);
        await LiveAsync(1_000, async () =>
        {
            (await _world.SegmentsAsync(b)).Should().Equal(await _world.ReferenceAsync(b, a), $"at {_world.Time.Now:O}, as one history");
            (await _world.SegmentsAsync(a)).Should().BeEmpty();
        });
        await _world.ProjectAsync();
        var given = _world.Time.Now;
        await _world.UnmergeAsync(a);
        await _world.ProjectAsync();
        (await _world.SegmentsAsync(a)).Should().Equal(await _world.SegmentsAsync(twinA));
        (await _world.SegmentsAsync(b)).Should().Equal(await _world.SegmentsAsync(twinB));
        await LiveAsync(200);
        await PassDaysAsync(3);

        foreach (var (contact, twin) in new[] { (a, twinA), (b, twinB) })
        {
            // The merge's own records are all between merge and unmerge, and those of cause merge at the two instants.
            // Apart from them nothing differs, neither in order nor in instants.
            var ledger = await _world.LedgerAsync(contact);
            Apart(ledger).Should().Equal(Apart(await _world.LedgerAsync(twin)));
            Apart(ledger).Count.Should().BeGreaterThan(40, "the rest must say something");
            ledger.Where(line => line.Cause == TransitionCause.Merge).Select(line => line.At).Distinct().Should().BeSubsetOf([merged, given]);
            (await CardAsync(contact)).Should().BeEquivalentTo(await CardAsync(twin));
        }

        var whileMerged = (await _world.LedgerAsync(b)).Where(line => line.At > merged && line.At <= given).ToList();
        whileMerged.Should().Contain(line => line.Cause == TransitionCause.Clock).And.Contain(line => line.Cause == TransitionCause.Event);
        (await _world.LedgerAsync(a)).Should().NotContain(line => line.At > merged && line.At < given);
        var live = await _world.ProjectedAsync();
        await ReplaysGiveAsync(live);

        List<LedgerLine> Apart(List<LedgerLine> ledger) =>
            [.. ledger.Where(line => line.Cause != TransitionCause.Merge && (line.At <= merged || line.At > given)).Select(line => line with { Event = Bare(line.Event) })];
    }

    [Fact]
    public async Task A_chain_is_one_person_and_its_middle_is_given_back_with_what_it_had()
    {
        await CreateSegmentsAsync();
        await LiveAsync(200, alone: true);
        var (a, b, c) = (await _world.ContactAsync("r-a"), await _world.ContactAsync("r-b"), await _world.ContactAsync("r-c"));

        await _world.MergeAsync(c, into: a);
        await LiveAsync(100, async () => (await _world.SegmentsAsync(a)).Should().Equal(await _world.ReferenceAsync(a, c)), alone: true);
        await _world.MergeAsync(a, into: b);
        await LiveAsync(100, async () => (await _world.SegmentsAsync(b)).Should().Equal(await _world.ReferenceAsync(b, a, c)), alone: true);
        await _world.UnmergeAsync(a);
        await LiveAsync(100, async () =>
        {
            (await _world.SegmentsAsync(a)).Should().Equal(await _world.ReferenceAsync(a, c));
            (await _world.SegmentsAsync(b)).Should().Equal(await _world.ReferenceAsync(b));
            (await _world.SegmentsAsync(c)).Should().BeEmpty();
        }, alone: true);
        await _world.MergeAsync(a, into: b);
        await LiveAsync(50, alone: true);
        await _world.UnmergeAsync(c);
        await LiveAsync(50, async () =>
        {
            (await _world.SegmentsAsync(b)).Should().Equal(await _world.ReferenceAsync(b, a));
            (await _world.SegmentsAsync(c)).Should().Equal(await _world.ReferenceAsync(c));
        }, alone: true);

        await PassDaysAsync(2);
        var live = await _world.ProjectedAsync();
        live.Should().Contain("merge");
        await ReplaysGiveAsync(live);
    }

    [Fact]
    public async Task The_clock_lets_a_person_leave_at_the_instant_of_the_event_that_only_one_of_them_has()
    {
        await _world.SegmentAsync("twice", """{"event":"Seen","count":{"atLeast":2},"period":"last 2 hours"}""");
        await _world.SendAsync("1", "Seen", new { ContactId = "a" });
        _world.Time.Now = MergeWorld.Start.AddMinutes(10);
        await _world.SendAsync("2", "Seen", new { ContactId = "b" });
        var (a, b) = (await _world.ContactAsync("a"), await _world.ContactAsync("b"));
        _world.Time.Now = MergeWorld.Start.AddMinutes(20);
        await _world.MergeAsync(a, into: b);
        await _world.ProjectAsync();
        _world.Time.Now = MergeWorld.Start.AddHours(5);
        await _world.ProjectAsync();

        (await _world.LedgerAsync(b)).Should().Equal(
            new LedgerLine("twice", true, MergeWorld.Start.AddMinutes(20), TransitionCause.Merge, null),
            new LedgerLine("twice", false, MergeWorld.Start.AddHours(2), TransitionCause.Clock, null));
        (await _world.LedgerAsync(a)).Should().BeEmpty();
    }

    [Fact]
    public async Task Time_passes_for_a_person_only_when_nothing_of_anybody_waits()
    {
        await _world.SegmentAsync("quiet", """{"last":"Seen","period":"more than 2 hours ago"}""");
        await _world.SendAsync("1", "Seen", new { ContactId = "a" });
        await _world.SendAsync("2", "Seen", new { ContactId = "b" });
        var (a, b) = (await _world.ContactAsync("a"), await _world.ContactAsync("b"));
        await _world.MergeAsync(a, into: b);
        await _world.ProjectAsync();

        // What lies between is longer than a batch, and of A's stream only.
        for (var i = 0; i < 10; i++)
        {
            _world.Time.Now += TimeSpan.FromHours(1);
            await _world.SendAsync($"more-{i}", "Seen", new { ContactId = "a" });
        }

        await _world.ProjectAsync(batch: 3);
        (await _world.LedgerAsync(b)).Should().BeEmpty();
        _world.Time.Now += TimeSpan.FromHours(3);
        await _world.ProjectAsync(batch: 3);
        (await _world.LedgerAsync(b)).Should().Equal(new LedgerLine("quiet", true, _world.Time.Now.AddHours(-1), TransitionCause.Clock, null));
        (await _world.ScalarAsync<long>("select count(distinct timestamp) from public.mt_streams")).Should().Be(1, "time passed for both, so neither can be given an earlier fact");
    }

    [Fact]
    public async Task What_one_brings_to_a_person_leaves_what_the_others_have()
    {
        await _world.SegmentAsync("known", """{"contact":"email","exists":true}""");
        await _world.SegmentAsync("reachable", """{"all":[{"contact":"pushToken","exists":true},{"inSegment":"known"}]}""");
        await _world.SendAsync("1", "Seen", new { ContactId = "a", Email = "a@example.com" });
        await _world.SendAsync("2", "Seen", new { ContactId = "b" });
        var (a, b) = (await _world.ContactAsync("a"), await _world.ContactAsync("b"));
        _world.Time.Now = MergeWorld.Start.AddMinutes(1);
        await _world.MergeAsync(a, into: b);
        await _world.ProjectAsync();

        _world.Time.Now = MergeWorld.Start.AddMinutes(2);
        await _world.SendAsync("3", "Seen", new { ContactId = "b", PushToken = "device" });
        await _world.ProjectAsync();

        (await _world.LedgerAsync(b)).Should().Equal(
            new LedgerLine("known", true, MergeWorld.Start.AddMinutes(1), TransitionCause.Merge, null),
            new LedgerLine("reachable", true, MergeWorld.Start.AddMinutes(2), TransitionCause.Contact, null));
        (await _world.LedgerAsync(a)).Should().Equal(
            new LedgerLine("known", true, MergeWorld.Start, TransitionCause.Event, "1"),
            new LedgerLine("known", false, MergeWorld.Start.AddMinutes(1), TransitionCause.Merge, null));
    }

    [Fact]
    public async Task A_new_segment_is_built_for_the_person_and_not_for_the_merged()
    {
        await _world.SendAsync("1", "Seen", new { ContactId = "a" });
        await _world.SendAsync("2", "Paid", new { ContactId = "b" });
        var (a, b) = (await _world.ContactAsync("a"), await _world.ContactAsync("b"));
        await _world.MergeAsync(a, into: b);
        await _world.ProjectAsync();

        await _world.SegmentAsync("both", """{"all":[{"event":"Seen","period":"all time"},{"event":"Paid","period":"all time"}]}""");
        await _world.SegmentAsync("paid", """{"event":"Paid","period":"all time"}""");
        await _world.SegmentAsync("seen", """{"event":"Seen","period":"all time"}""");
        (await _world.SegmentsAsync(b)).Should().Equal("both", "paid", "seen");
        (await _world.SegmentsAsync(a)).Should().BeEmpty();

        await _world.UnmergeAsync(a);
        await _world.ProjectAsync();
        (await _world.SegmentsAsync(b)).Should().Equal("paid");
        (await _world.SegmentsAsync(a)).Should().Equal("seen");
        (await _world.LedgerAsync(a)).Should().ContainSingle().Which.Cause.Should().Be(TransitionCause.Merge);
    }

    [Fact]
    public async Task Merge_facts_of_another_program_that_fit_nothing_change_nothing()
    {
        await _world.SegmentAsync("seen", """{"event":"Seen","period":"all time"}""");
        await _world.SendAsync("1", "Seen", new { ContactId = "a" });
        await _world.SendAsync("2", "Seen", new { ContactId = "b" });
        var (a, b) = (await _world.ContactAsync("a"), await _world.ContactAsync("b"));
        var facts = new (string Alias, string Data)[]
        {
            ("contact_merged_into", $$"""{"By":"x","Into":"{{a}}"}"""), ("contact_merged_into", """{"By":"x","Into":"nobody"}"""),
            ("contact_merged_into", """{"By":"x"}"""), ("contact_merged", $$"""{"By":"x","From":"{{b}}"}"""),
            ("contact_split", $$"""{"By":"x","Contact":"{{b}}"}"""), ("contact_unmerged", $$"""{"By":"x","From":"{{b}}"}"""),
        };
        foreach (var (alias, data) in facts)
        {
            await _world.ExecuteAsync($"""
                with head as (update public.mt_streams set version = version + 1 where id = '{a}' returning id, version)
                insert into public.mt_events (seq_id, id, stream_id, version, data, type, timestamp)
                select nextval('public.mt_events_sequence'), gen_random_uuid(), id, version, '{data}', '{alias}', now() from head
                """);
        }

        await _world.ProjectAsync();

        (await _world.SegmentsAsync(a)).Should().Equal("seen");
        (await _world.SegmentsAsync(b)).Should().Equal("seen");
        (await _world.LedgerAsync(a)).Should().HaveCount(1);
    }

    private async Task CreateSegmentsAsync()
    {
        foreach (var (key, condition) in Segments)
            await _world.SegmentAsync(key, condition);
    }

    // The same life twice, at the same instants: of r-a and r-b, and of t-a and t-b. The projection runs along.
    private async Task LiveAsync(int events, Func<Task>? check = null, bool alone = false)
    {
        for (var i = 0; i < events; i++)
        {
            _world.Time.Now += TimeSpan.FromSeconds(_random.Next(_random.Next(12) == 0 ? 20_000 : 900));
            var who = (alone ? "abc" : "ab")[_random.Next(alone ? 3 : 2)];
            var (type, n) = (_random.Next(4) == 0 ? "Paid" : "Seen", _random.Next(40));
            var occurred = _random.Next(5) == 0 ? _world.Time.Now.AddMinutes(_random.Next(-300, 60)) : _world.Time.Now;
            var (named, other) = (_random.Next(8), (char)('a' + _random.Next(2)));
            await _world.SendAsync([.. (alone ? One : Twins).Select(prefix => SegmentationService.Event(type, Parameters(prefix), occurred, $"{prefix}-{_sent}"))]);
            _sent++;
            if (_random.Next(20) != 0 && i < events - 1)
                continue;
            await _world.ProjectAsync(batch: 1 + _random.Next(30));
            if (check is not null)
                await check();

            object Parameters(string prefix) => named switch
            {
                0 => new { ContactId = $"{prefix}-{who}", Email = $"{prefix}-{who}@example.com", n },
                1 => new { ContactId = $"{prefix}-{who}", Email = $"{prefix}-{other}@example.com", n },
                2 => new { ContactId = $"{prefix}-{who}", PushToken = $"{prefix}-{who}-{n % 3}", n },
                _ => new { ContactId = $"{prefix}-{who}", n },
            };
        }
    }

    private async Task PassDaysAsync(int days)
    {
        await _world.ProjectAsync();
        _world.Time.Now += TimeSpan.FromDays(days);
        await _world.ProjectAsync();
    }

    private async Task ReplaysGiveAsync(string live)
    {
        foreach (var (batch, restarts) in new[] { (1, true), (7, false), (1_000, false) })
        {
            await _world.ForgetAsync();
            await _world.ProjectAsync(batch, restarts);
            (await _world.ProjectedAsync()).Should().Be(live, $"batches of {batch} give the same");
        }
    }

    // What the card shows, with the names of both lives made one, and without what is of the merge: since when.
    private async Task<object> CardAsync(long contact)
    {
        var card = (await _world.Cards.ReadAsync(contact, CancellationToken.None))!;
        var events = await _world.Cards.EventsAsync(contact, long.MaxValue, 2_000, CancellationToken.None);
        return new
        {
            Identifiers = card.Identifiers.Select(identifier => (identifier.Kind, Bare(identifier.Value))).ToArray(),
            Fields = card.Fields.GetRawText(),
            card.Source,
            card.Created,
            Conflicts = card.Conflicts.Select(conflict => (conflict.Kind, Bare(conflict.Value), Bare(conflict.EventId), conflict.Found)).ToArray(),
            Segments = card.Segments.Select(segment => segment.Key).ToArray(),
            Events = events.Select(e => (Bare(e.EventId), e.Type, e.Counts, e.OccurredAt, e.RecordedAt)).ToArray(),
        };
    }

    private static string? Bare(string? text) => text?.Replace("r-", "", StringComparison.Ordinal).Replace("t-", "", StringComparison.Ordinal);
}
