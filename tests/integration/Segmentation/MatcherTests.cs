using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Segmentation;

public sealed class MatcherTests(StreamStore store) : IClassFixture<StreamStore>
{
    private readonly EventTypeSwitchStore _switches = new(store.Source);

    [Fact]
    public async Task Fifty_events_of_one_new_person_through_four_matchers_make_one_contact_every_time()
    {
        await _switches.SwitchAsync("Race", on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);
        var matchers = Enumerable.Range(0, 4).Select(_ => NewMatcher()).ToArray();

        for (var round = 0; round < 25; round++)
        {
            object[] identities =
            [
                new { ContactId = $"race-{round}", Email = $"race-{round}@example.com", Phone = $"77{round}" },
                new { ContactId = $"race-{round}", Email = $"RACE-{round}@example.com" },
                new { ContactId = $"race-{round}", Phone = $"77{round}" },
            ];
            var events = Enumerable.Range(0, 50).Select(i => Event("Race", identities[i % 3], $"race-{round}-{i}")).ToArray();

            await Task.WhenAll(matchers.Select((matcher, worker) => AppendAsync(matcher, events.Where((_, i) => i % 4 == worker))));

            var contacts = await RowsAsync($"select count(distinct contact_id) from segmentation.identifiers where key in ('race-{round}', 'race-{round}@example.com', '77{round}')");
            var recorded = await RowsAsync($"select count(*) from public.mt_events where type = 'event_recorded' and data ->> 'EventId' like 'race-{round}-%'");
            contacts.Should().Be(1, $"in round {round}");
            recorded.Should().Be(50, $"in round {round}");
        }
    }

    [Fact]
    public async Task A_batch_that_comes_again_changes_nothing()
    {
        await _switches.SwitchAsync("Again", on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);
        IncomingEvent[] events =
        [
            Event("Again", new { Email = "again@example.com" }, "again-1"),
            Event("Again", new { Email = "again@example.com" }, "again-1"),
            Event("Again", new { nobody = 1 }, "again-2"),
        ];
        var matcher = NewMatcher();

        var first = await matcher.AppendAsync(events, CancellationToken.None);
        var second = await matcher.AppendAsync(events, CancellationToken.None);

        first.Should().Be(new MatchOutcome(Appended: 1, Duplicates: 1, Unassigned: 1));
        second.Should().Be(new MatchOutcome(Appended: 0, Duplicates: 3, Unassigned: 0));
    }

    [Fact]
    public async Task An_alias_that_looks_like_the_id_of_a_contact_to_come_is_not_given_out()
    {
        await _switches.SwitchAsync("Alias", on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);
        await NewMatcher().AppendAsync([Event("Alias", new { ContactId = "before" }, "alias-0")], CancellationToken.None);
        var upcoming = await RowsAsync($"select last_value + 1 + {ContactIdStore.BlockSize} from segmentation.contact_ids");
        await NewMatcher().AppendAsync([Event("Alias", new { ContactId = $"{upcoming}", Email = "alias@example.com" }, "alias-1")], CancellationToken.None);

        await NewMatcher().AppendAsync([Event("Alias", new { ContactId = "after" }, "alias-2")], CancellationToken.None);

        var collisions = await RowsAsync($"select count(*) from segmentation.contacts where id = {upcoming}");
        var owners = await RowsAsync($"select count(*) from segmentation.identifiers where kind = 'contactId' and key = '{upcoming}'");
        (collisions, owners).Should().Be((0L, 1L));
    }

    [Fact]
    public async Task An_alias_that_looks_like_a_reserved_id_is_not_given_out_either()
    {
        await _switches.SwitchAsync("Reserved", on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);
        var matcher = NewMatcher();
        await matcher.AppendAsync([Event("Reserved", new { ContactId = "reserves" }, "reserved-0")], CancellationToken.None);
        var reserved = await RowsAsync("select max(id) + 1 from segmentation.contacts");
        await NewMatcher().AppendAsync([Event("Reserved", new { ContactId = $"{reserved}" }, "reserved-1")], CancellationToken.None);

        await AppendAsync(matcher, [Event("Reserved", new { ContactId = "next" }, "reserved-2")]);

        (await RowsAsync($"select count(*) from segmentation.contacts where id = {reserved}")).Should().Be(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_alias_and_a_new_contact_cannot_take_one_id_at_the_same_moment(bool aliasFirst)
    {
        await _switches.SwitchAsync("Makes", on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);
        await _switches.SwitchAsync("Links", on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);
        var maker = NewMatcher();
        await maker.AppendAsync([Event("Makes", new { Phone = $"first-{aliasFirst}" }, $"hole-0-{aliasFirst}")], CancellationToken.None);
        var upcoming = 1 + await RowsAsync($"select contact_id from segmentation.identifiers where key = 'first-{aliasFirst}'");
        Func<Task> make = () => AppendAsync(maker, [Event("Makes", new { Phone = $"second-{aliasFirst}" }, $"hole-1-{aliasFirst}")]);
        Func<Task> link = () => AppendAsync(NewMatcher(), [Event("Links", new { ContactId = $"{upcoming}" }, $"hole-2-{aliasFirst}")]);

        // The counter of its event type is the last thing that a transaction writes: whoever waits there has done all else.
        await using var holder = await store.Source.OpenConnectionAsync();
        await using var held = await holder.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand($"select from segmentation.event_types where key = '{(aliasFirst ? "Links" : "Makes")}' for update", holder))
            await hold.ExecuteNonQueryAsync();
        var first = (aliasFirst ? link : make)();
        await Eventually.BecomesAsync(WaitingAsync, waiting => waiting == 1, "the first waiting");
        var second = (aliasFirst ? make : link)();
        await Eventually.BecomesAsync(async () => second.IsCompleted || await WaitingAsync() == 2, isDone => isDone, "the second committing or waiting");
        await held.RollbackAsync();
        await Task.WhenAll(first, second);

        (await RowsAsync($"select count(*) from segmentation.contacts c join segmentation.identifiers i on i.kind = 'contactId' and i.key = c.id::text and i.contact_id <> c.id"))
            .Should().Be(0, "one text means one contact");
        (await RowsAsync($"select count(*) from public.mt_events where type = 'event_recorded' and data ->> 'EventId' like 'hole-%-{aliasFirst}'")).Should().Be(3);
    }

    [Fact]
    public async Task Rivals_cannot_give_one_contact_two_addresses()
    {
        await _switches.SwitchAsync("Address", on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);
        for (var round = 0; round < 20; round++)
        {
            await NewMatcher().AppendAsync([Event("Address", new { ContactId = $"one-{round}" }, $"address-{round}")], CancellationToken.None);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(i => AppendAsync(
                NewMatcher(), [Event("Address", new { ContactId = $"one-{round}", Email = $"{i}-{round}@one.example" }, $"address-{round}-{i}")])));
        }

        (await RowsAsync("select count(*) from segmentation.identifiers where kind = 'email' and key like '%@one.example'")).Should().Be(20);
    }

    [Fact]
    public async Task A_conflict_of_a_contact_found_by_its_own_id_is_recorded_once()
    {
        await _switches.SwitchAsync("Own", on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);
        await NewMatcher().AppendAsync([Event("Own", new { Email = "taken@own.example" }, "own-0"), Event("Own", new { Phone = "own" }, "own-1")], CancellationToken.None);
        var id = await RowsAsync("select contact_id from segmentation.identifiers where kind = 'phone' and key = 'own'");

        for (var i = 0; i < 3; i++)
            await NewMatcher().AppendAsync([Event("Own", new { ContactId = $"{id}", Email = "taken@own.example" }, $"own-again-{i}")], CancellationToken.None);

        (await RowsAsync($"select count(*) from public.mt_events where stream_id = '{id}' and type = 'identity_conflict_found'")).Should().Be(1);
    }

    [Fact]
    public async Task An_identifier_that_moves_while_its_event_waits_takes_the_event_along()
    {
        await _switches.SwitchAsync("Moves", on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);
        await NewMatcher().AppendAsync([Event("Moves", new { Phone = "moves-from" }, "moves-0"), Event("Moves", new { Email = "moves-to" }, "moves-1")], CancellationToken.None);
        var from = await RowsAsync("select contact_id from segmentation.identifiers where key = 'moves-from'");
        var to = await RowsAsync("select contact_id from segmentation.identifiers where key = 'moves-to'");

        // As an edit does: under the locks of the streams, and with a fact.
        await using var editor = await store.Source.OpenConnectionAsync();
        await using var edit = await editor.BeginTransactionAsync();
        var heads = await StreamAppender.LockAsync(editor, [from, to], CancellationToken.None);
        var append = AppendAsync(NewMatcher(), [Event("Moves", new { Phone = "moves-from" }, "moves-2")]);
        await Eventually.BecomesAsync(WaitingAsync, waiting => waiting == 1, "the event waiting");
        await using (var move = new NpgsqlCommand($"update segmentation.identifiers set contact_id = {to} where key = 'moves-from'", editor))
            await move.ExecuteNonQueryAsync();
        var moved = new ContactEdited("admin", JsonSerializer.SerializeToElement(new { }), [], [new(IdentifierKind.Phone, "moves-from")]);
        await StreamAppender.AppendAsync(editor, [new(from, Guid.CreateVersion7(), moved)], heads, DateTimeOffset.UtcNow, CancellationToken.None);
        await edit.CommitAsync();
        await append;

        (await RowsAsync("select stream_id::bigint from public.mt_events where type = 'event_recorded' and data ->> 'EventId' = 'moves-2'")).Should().Be(to);
    }

    [Fact]
    public async Task An_identifier_that_an_erased_contact_still_has_finds_nobody_and_goes_to_who_names_it_next()
    {
        await _switches.SwitchAsync("Left", on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);
        await NewMatcher().AppendAsync([Event("Left", new { Email = "left@erased.example" }, "left-0")], CancellationToken.None);
        var erased = await RowsAsync("select contact_id from segmentation.identifiers where key = 'left@erased.example'");
        await RowsAsync($"""
            with archived as (update public.mt_streams set is_archived = true where id = '{erased}')
            update segmentation.contacts set erased = now() where id = {erased} returning id
            """);

        await NewMatcher().AppendAsync([Event("Left", new { Email = "left@erased.example" }, "left-1")], CancellationToken.None);

        var heir = await RowsAsync("select stream_id::bigint from public.mt_events where type = 'event_recorded' and data ->> 'EventId' = 'left-1'");
        heir.Should().NotBe(erased);
        (await RowsAsync("select contact_id from segmentation.identifiers where key = 'left@erased.example'")).Should().Be(heir);
    }

    [Fact]
    public async Task Types_are_registered_on_sight_with_counts_and_parameters()
    {
        await NewMatcher().AppendAsync(
            [Event("Sighted", new { type = "Strength", calories = 510 }, "seen-1"), Event("Sighted", new { type = "Cardio", tags = new List<int> { 1 } }, "seen-2")],
            CancellationToken.None);

        var seen = await new EventTypeViewStore(store.Source).FindAsync("Sighted", CancellationToken.None);

        seen!.On.Should().BeFalse();
        seen.Events.Should().Be(2);
        seen.Parameters.Select(parameter => (parameter.Name, Kind: parameter.Kinds.Single()))
            .Should().Equal(("calories", "number"), ("tags", "array"), ("type", "text"));
    }

    [Fact]
    public async Task A_number_identifies_as_the_store_gives_it_back()
    {
        string[] numbers =
        [
            "0", "-0", "0.0", "-0.0", "0.00e1", "0e5", "0e-3", "0e999", "-0e-2", "1", "-1", "10", "1.0", "1.50", "1e3", "1E3", "1e+3", "1e-3", "1.50e1", "1.50e2", "1.5e3", "-12.340e-3",
            "100e-2", "0.05e1", "0.05e3", "123456789012345678901234567890.123", "5e298", "5e299", "5e300", "5e-298", "5e-299", "-5e298", "-5e299", "0e-298", "0e-299",
        ];
        foreach (var number in numbers)
        {
            await using var command = store.Source.CreateCommand("select $1::jsonb::text");
            command.Parameters.Add(new() { Value = number });
            var stored = (string)(await command.ExecuteScalarAsync())!;
            NumberText.Of(number).Should().Be(stored.Length <= Identifier.MaxLength ? stored : null, $"of {number}");
        }
    }

    private Task<long> WaitingAsync() =>
        RowsAsync("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");

    private Matcher NewMatcher() => new(store.Source, new ParameterCatalogue(), new RememberedContacts(), TimeProvider.System);

    private static async Task AppendAsync(Matcher matcher, IEnumerable<IncomingEvent> events)
    {
        foreach (var batch in events.Chunk(5))
        {
            // As the queue does: whoever loses a race does the work anew.
            for (var isDone = false; !isDone;)
            {
                try
                {
                    await matcher.AppendAsync(batch, CancellationToken.None);
                    isDone = true;
                }
                catch (Exception exception) when (DatabaseFaults.IsRace(exception))
                {
                }
            }
        }
    }

    private async Task<long> RowsAsync(string sql)
    {
        await using var command = store.Source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static IncomingEvent Event(string type, object parameters, string id) =>
        new(SegmentationService.Event(type, parameters, id: id), TraceParent: null);
}
