using System.Text.Json;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Contacts.Editing;
using EventSegmentation.Segmentation.Contacts.Erasure;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Schema;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>What matchers remember never decides otherwise than what they look up.</summary>
public sealed class RememberedContactsTests : IAsyncLifetime
{
    private const int Steps = 120;

    // A contact's id depends on how often something was tried; its place in the order in which contacts came does not.
    private const string Places = """
        with places as (select stream_id as id, row_number() over (order by min(seq_id)) as place from public.mt_events group by stream_id)
        """;

    // Whoever was erased leaves his id to be somebody's alias.
    private const string Key = "case when kind = 'contactId' then coalesce((select 'of ' || named.place from places named where named.id = key), key) else key end";

    private const string Contacts = $"{Places} select id from places order by place";

    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly StreamStore _remembering = new();
    private readonly StreamStore _looking = new();

    public Task InitializeAsync() => Task.WhenAll(_remembering.InitializeAsync(), _looking.InitializeAsync());

    public Task DisposeAsync() => Task.WhenAll(_remembering.DisposeAsync(), _looking.DisposeAsync());

    [Theory]
    [InlineData(1, RememberedContacts.MaxIdentifiers)]
    [InlineData(2, RememberedContacts.MaxIdentifiers)]
    [InlineData(3, RememberedContacts.MaxIdentifiers)]
    [InlineData(4, 8)]
    public async Task Two_replicas_that_remember_decide_as_two_that_look_everything_up(int seed, int limit)
    {
        var remembering = await RunAsync(_remembering, new Random(seed), limit, forget: false);
        var looking = await RunAsync(_looking, new Random(seed), limit, forget: true);

        remembering.Events.Should().Equal(looking.Events, $"seed {seed}");
        remembering.Identifiers.Should().Equal(looking.Identifiers, $"seed {seed}");
        remembering.Conflicts.Should().Equal(looking.Conflicts, $"seed {seed}");
        (looking.Conflicts.Count, looking.Done).Should().Match<(int Conflicts, HashSet<string> Done)>(
            met => met.Conflicts > 0 && met.Done.Count >= 3, "otherwise the scenario shows little");
    }

    [Fact]
    public async Task What_could_not_be_committed_is_not_remembered()
    {
        var clock = new SettableTime(Start);
        await new EventTypeSwitchStore(_looking.Source).SwitchAsync("Plain", on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);
        Matcher[] matchers = [.. Enumerable.Range(0, 2).Select(_ => new Matcher(_looking.Source, new ParameterCatalogue(), new RememberedContacts(), clock))];
        await AppendAsync(matchers[0], [Plain("1", new { externalCustomerId = "x" })]);

        // The store has no character for U+0000, so this links no phone and records nothing.
        var bad = () => AppendAsync(matchers[0], [Plain("2", new { externalCustomerId = "x", Phone = "420111", note = "\0" })]);
        await bad.Should().ThrowAsync<PostgresException>();

        // By others the stream comes to the version that it would have had.
        await AppendAsync(matchers[1], [Plain("3", new { externalCustomerId = "x" }), Plain("4", new { externalCustomerId = "x" })]);
        await AppendAsync(matchers[0], [Plain("5", new { Phone = "420111" })]);

        (await ReadAsync(_looking, $"{Places} select place || ' ' || kind from segmentation.identifiers join places on places.id = contact_id::text order by 1"))
            .Should().Equal(["1 externalId", "2 phone"], "nobody had the phone");
    }

    private static IncomingEvent Plain(string id, object parameters) => new(SegmentationService.Event("Plain", parameters, Start, id), TraceParent: null);

    private static async Task<(List<string> Events, List<string> Identifiers, List<string> Conflicts, HashSet<string> Done)> RunAsync(
        StreamStore store, Random random, int limit, bool forget)
    {
        var clock = new SettableTime(Start);
        foreach (var type in new[] { "Plain", "Ruled" })
            await new EventTypeSwitchStore(store.Source).SwitchAsync(type, on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);
        RememberedContacts[] memories = [new(limit), new(limit)];
        Matcher[] matchers = [.. memories.Select(memory => new Matcher(store.Source, new ParameterCatalogue(), memory, clock))];
        var done = new HashSet<string>();
        for (var step = 0; step < Steps; step++)
        {
            clock.Now += TimeSpan.FromSeconds(random.Next(1, 100));
            if (forget)
                Array.ForEach(memories, memory => memory.Clear());
            var contacts = await ReadAsync(store, Contacts);
            if (contacts.Count < 3 || random.Next(3) > 0)
                await AppendAsync(matchers[random.Next(2)], [.. Enumerable.Range(0, random.Next(1, 4)).Select(i => Event(random, contacts, $"{step}-{i}"))]);
            else if (await DisturbAsync(store, random, contacts, clock) is { } what)
                done.Add(what);
        }

        return (
            await ReadAsync(store, $"{Places} select data ->> 'EventId' || ' of ' || place from public.mt_events join places on places.id = stream_id where type = 'event_recorded' order by 1"),
            await ReadAsync(store, $"{Places} select place || ' ' || kind || ' ' || {Key} from segmentation.identifiers join places on places.id = contact_id::text order by 1"),
            await ReadAsync(store, $"""
                {Places} select one.place || ' ' || other.place || ' ' || kind || ' ' || {Key} from segmentation.conflicts
                join places one on one.id = contact_id::text join places other on other.id = other_id::text order by 1
                """),
            done);
    }

    // Races are lost to nobody here, but a matcher that finds its memory outdated may ask to be called again.
    private static Task<MatchOutcome> AppendAsync(Matcher matcher, IReadOnlyList<IncomingEvent> events) =>
        Races.RetryAsync(() => matcher.AppendAsync(events, CancellationToken.None));

    // What others do to contacts, behind the matchers' backs. Null if it changed nothing.
    private static async Task<string?> DisturbAsync(StreamStore store, Random random, List<string> contacts, TimeProvider clock)
    {
        var place = random.Next(contacts.Count);
        var contact = long.Parse(contacts[place]);
        switch (random.Next(6))
        {
            case 0:
                return await new ContactEraser(store.Source, clock).EraseAsync(contact, "admin", CancellationToken.None) is ErasureOutcome.Done ? "erased" : null;
            case 1:
                var rule = new MatchingRule(On: random.Next(4) > 0, "Badge", "Badge");
                return await new MatchingRuleStore(store.Source).SetAsync("Ruled", rule, clock.GetUtcNow(), CancellationToken.None) is RuleOutcome.Set ? "ruled" : null;
            case 2:
                var into = long.Parse(contacts[random.Next(contacts.Count)]);
                return await new MergeStore(store.Source, clock).MergeAsync(contact, into, "admin", CancellationToken.None) is { Refusal: null } ? "merged" : null;
            default:
                var edit = ContactEdit.Parse(JsonSerializer.SerializeToElement(Edit(random, place))).Edit!;
                return await new ContactEditor(store.Source, clock).EditAsync(contact, edit, "admin", CancellationToken.None) is EditOutcome.Done { Sequence: not null } ? "edited" : null;
        }
    }

    private static object Edit(Random random, int place) => random.Next(4) switch
    {
        0 => new { identifiers = new object[] { new { kind = "email", value = random.Next(2) == 0 ? null : Email(random) } } },
        1 => new { identifiers = new object[] { new { kind = "pushToken", value = Token(random), remove = random.Next(2) == 0 } } },
        2 => new { identifiers = new object[] { new { kind = "externalId", value = random.Next(2) == 0 ? null : External(random) } } },
        _ => new { fields = new Dictionary<string, object?> { ["Badge"] = random.Next(3) == 0 ? null : Badge(place) } },
    };

    private static IncomingEvent Event(Random random, List<string> contacts, string id)
    {
        var parameters = new Dictionary<string, object>();
        if (contacts.Count > 0 && random.Next(8) == 0)
            parameters["ContactId"] = contacts[random.Next(contacts.Count)];
        if (random.Next(2) == 0)
            parameters["externalCustomerId"] = External(random);
        if (random.Next(2) == 0)
            parameters["Email"] = Email(random);
        if (random.Next(3) == 0)
            parameters["PushToken"] = Token(random);
        if (random.Next(4) == 0)
            parameters["Badge"] = Badge(random.Next(12));
        return new(SegmentationService.Event(random.Next(2) == 0 ? "Plain" : "Ruled", parameters, Start, id), TraceParent: null);
    }

    private static string External(Random random) => $"x-{random.Next(6)}";

    private static string Email(Random random) => $"{random.Next(6)}@example.com";

    private static string Token(Random random) => $"token-{random.Next(8)}";

    // Of a contact by its place: several who have one value could not be identified by it.
    private static string Badge(int place) => $"badge-{place}";

    private static async Task<List<string>> ReadAsync(StreamStore store, string sql)
    {
        await using var command = store.Source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(reader.GetString(0));
        return rows;
    }
}
