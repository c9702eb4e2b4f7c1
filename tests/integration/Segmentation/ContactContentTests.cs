using System.Text.Json;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Contacts.Editing;
using EventSegmentation.Segmentation.Contacts.Erasure;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>Commands beside the matcher, on one store.</summary>
public sealed class ContactContentTests(StreamStore store) : IClassFixture<StreamStore>
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task The_tables_hold_what_the_fold_of_the_stream_gives(int seed)
    {
        await SwitchOnAsync("Fold");
        var random = new Random(seed);
        var clock = new SettableTime(Start);
        var matcher = new Matcher(store.Source, new ParameterCatalogue(), new RememberedContacts(), clock);
        var editor = new ContactEditor(store.Source, clock);
        var edits = 0;
        for (var i = 0; i < 150; i++)
        {
            clock.Now += TimeSpan.FromSeconds(random.Next(1, 100));
            var contacts = await ContactsAsync(seed);
            if (contacts.Count < 3 || random.Next(3) > 0)
                await matcher.AppendAsync([Event("Fold", RandomPerson(random, seed), $"fold-{seed}-{i}")], CancellationToken.None);
            else if (await editor.EditAsync(contacts[random.Next(contacts.Count)], RandomEdit(random, seed), "admin", CancellationToken.None) is EditOutcome.Done { Sequence: not null })
                edits++;
        }

        var all = await ContactsAsync(seed);
        var conflicts = 0;
        foreach (var contact in all)
        {
            var content = ContactContent.Of(await StreamAsync(contact));
            var (stored, source, created, fields) = await TablesAsync(contact);
            (content.Source, content.Created).Should().Be((source, created), $"seed {seed}");
            content.Identifiers.Select(identifier => $"{identifier.Kind}:{identifier.Value}").Should().BeEquivalentTo(stored, $"seed {seed}, contact {contact}");
            JsonElement.DeepEquals(content.Fields, fields).Should().BeTrue($"seed {seed}: {content.Fields} of the stream, {fields} of the table");
            (await ConflictsAsync(contact)).Should().BeEquivalentTo(content.Conflicts, $"seed {seed}");
            conflicts += content.Conflicts.Count;
        }

        (all.Count, edits, conflicts).Should().Match<(int Contacts, int Edits, int Conflicts)>(
            met => met.Contacts > 2 && met.Edits > 10 && met.Conflicts > 2, "otherwise the scenario shows little");
    }

    [Fact]
    public async Task Events_that_meet_an_erasure_go_to_a_new_contact_and_never_to_the_erased_one()
    {
        await SwitchOnAsync("Meets");
        var eraser = new ContactEraser(store.Source, TimeProvider.System);
        for (var round = 0; round < 20; round++)
        {
            var email = $"meets-{round}@example.com";
            await NewMatcher().AppendAsync([Event("Meets", new { Email = email }, $"meets-{round}-first")], CancellationToken.None);
            var contact = await ScalarAsync($"select contact_id from segmentation.identifiers where key = '{email}'");

            var appends = Enumerable.Range(0, 4).Select(i => AppendAsync([Event("Meets", new { Email = email }, $"meets-{round}-{i}")]));
            await Task.WhenAll([eraser.EraseAsync(contact, "admin", CancellationToken.None), .. appends]);
            await AppendAsync([Event("Meets", new { Email = email }, $"meets-{round}-last")]);
        }

        (await ScalarAsync("select count(*) from public.mt_events e join public.mt_streams s on s.id = e.stream_id where s.is_archived and e.type not in ('erased_fact', 'contact_erased')"))
            .Should().Be(0);
        (await ScalarAsync("select count(*) from segmentation.identifiers where key like 'meets-%' and contact_id in (select id from segmentation.contacts where erased is null)"))
            .Should().Be(20, "every address belongs to one new contact");
        (await ScalarAsync("select count(*) from segmentation.identifiers i join segmentation.contacts c on c.id = i.contact_id where c.erased is not null")).Should().Be(0);
        (await ScalarAsync("select count(*) from public.mt_streams s where version <> (select count(*) from public.mt_events e where e.stream_id = s.id)")).Should().Be(0);
    }

    [Fact]
    public async Task Two_persons_in_conflict_can_be_erased_at_the_same_moment()
    {
        await SwitchOnAsync("Both");
        var eraser = new ContactEraser(store.Source, TimeProvider.System);
        for (var round = 0; round < 10; round++)
        {
            await NewMatcher().AppendAsync(
                [
                    Event("Both", new { ContactId = $"both-a-{round}" }, $"both-a-{round}"),
                    Event("Both", new { Email = $"both-b-{round}@example.com" }, $"both-b-{round}"),
                    Event("Both", new { ContactId = $"both-a-{round}", Email = $"both-b-{round}@example.com" }, $"both-{round}"),
                ],
                CancellationToken.None);
            var ids = new[]
            {
                await ScalarAsync($"select contact_id from segmentation.identifiers where key = 'both-a-{round}'"),
                await ScalarAsync($"select contact_id from segmentation.identifiers where key = 'both-b-{round}@example.com'"),
            };

            var outcomes = await Task.WhenAll(ids.Select(id => eraser.EraseAsync(id, "admin", CancellationToken.None)));

            outcomes.Should().AllBeOfType<ErasureOutcome.Done>();
        }

        (await ScalarAsync("select count(*) from segmentation.conflicts where event_id like 'both-%'")).Should().Be(0);
    }

    private static Dictionary<string, object> RandomPerson(Random random, int seed)
    {
        var parameters = new Dictionary<string, object> { ["ContactId"] = $"fold-{seed}-{random.Next(6)}" };
        if (random.Next(2) == 0)
            parameters["Email"] = $"fold-{seed}-{random.Next(8)}@example.com";
        if (random.Next(3) == 0)
            parameters["PushToken"] = $"token-{seed}-{random.Next(10)}";
        if (random.Next(4) == 0)
            parameters["ContactKey"] = $"key-{seed}-{random.Next(8)}";
        return parameters;
    }

    private static ContactEdit RandomEdit(Random random, int seed)
    {
        object value = random.Next(3) == 0 ? null! : $"fold-{seed}-{random.Next(8)}@EXAMPLE.com";
        object body = random.Next(4) switch
        {
            0 => new { identifiers = new object[] { new { kind = "email", value } } },
            1 => new { identifiers = new object[] { new { kind = "pushToken", value = $"token-{seed}-{random.Next(10)}", remove = random.Next(2) == 0 } } },
            2 => new { fields = new Dictionary<string, object?> { ["ContactKey"] = random.Next(3) == 0 ? null : $"key-{seed}-{random.Next(8)}" } },
            _ => new { fields = new Dictionary<string, object?> { [$"field{random.Next(3)}"] = random.Next(3) == 0 ? null : random.Next(5) } },
        };
        return ContactEdit.Parse(JsonSerializer.SerializeToElement(body)).Edit!;
    }

    private async Task<List<StoredEvent>> StreamAsync(long contact)
    {
        await using var connection = await store.Source.OpenConnectionAsync();
        var stream = new List<StoredEvent>();
        await foreach (var stored in StreamHistory.ReadAsync(connection, [new(contact, long.MaxValue)], CancellationToken.None))
            stream.Add(stored);
        return stream;
    }

    private async Task<(List<string> Identifiers, string Source, DateTimeOffset Created, JsonElement Fields)> TablesAsync(long contact)
    {
        var identifiers = new List<string>();
        await using (var select = store.Source.CreateCommand($"select kind || ':' || value from segmentation.identifiers where contact_id = {contact}"))
        {
            await using var rows = await select.ExecuteReaderAsync();
            while (await rows.ReadAsync())
                identifiers.Add(rows.GetString(0));
        }

        await using var command = store.Source.CreateCommand($"select source, created, fields::text from segmentation.contacts where id = {contact}");
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (identifiers, reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1), JsonElement.Parse(reader.GetString(2)));
    }

    private async Task<IReadOnlyList<ConflictView>> ConflictsAsync(long contact) => (await new ContactCardStore(store.Source).ReadAsync(contact, CancellationToken.None))!.Conflicts;

    private async Task<List<long>> ContactsAsync(int seed)
    {
        await using var command = store.Source.CreateCommand($"""
            select distinct stream_id::bigint from public.mt_events where data ->> 'EventId' like 'fold-{seed}-%' and type = 'event_recorded' order by 1
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var contacts = new List<long>();
        while (await reader.ReadAsync())
            contacts.Add(reader.GetInt64(0));
        return contacts;
    }

    private Task<bool> SwitchOnAsync(string type) =>
        new EventTypeSwitchStore(store.Source).SwitchAsync(type, on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);

    private Matcher NewMatcher() => new(store.Source, new ParameterCatalogue(), new RememberedContacts(), TimeProvider.System);

    // As the queue does: a rival's commit is a reason to look again.
    private Task<MatchOutcome> AppendAsync(IReadOnlyList<IncomingEvent> events) =>
        Races.RetryAsync(() => NewMatcher().AppendAsync(events, CancellationToken.None));

    private static IncomingEvent Event(string type, object parameters, string id) =>
        new(SegmentationService.Event(type, parameters, DateTimeOffset.UtcNow, id), TraceParent: null);

    private async Task<long> ScalarAsync(string sql)
    {
        await using var command = store.Source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
