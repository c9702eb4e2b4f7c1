using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.EventTypes;

namespace EventSegmentation.IntegrationTests.Segmentation;

public sealed class EventTypeCatalogueTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Day = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] Tags = ["a"];

    private readonly StreamStore _store = new();

    public Task InitializeAsync() => _store.InitializeAsync();

    public Task DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_type_shows_when_it_was_on_and_which_of_its_events_count()
    {
        var switches = new EventTypeSwitchStore(_store.Source);
        await switches.SwitchAsync("Shown", on: true, Day, CancellationToken.None);
        await switches.SwitchAsync("Shown", on: false, Day.AddDays(1), CancellationToken.None);
        await switches.SwitchAsync("Shown", on: true, Day.AddDays(3), CancellationToken.None);
        await AppendAsync(
            Event("Shown", new { Phone = "1" }, Day.AddHours(1)),
            Event("Shown", new { Phone = "1" }, Day.AddDays(2)),
            Event("Shown", new { Phone = "1" }, Day.AddDays(4)),
            Event("Shown", new { }, Day.AddDays(4)));

        var type = await Views.FindAsync("Shown", CancellationToken.None);

        type!.Intervals.Should().Equal(new IntervalView(Day, Day.AddDays(1)), new IntervalView(Day.AddDays(3), null));
        (type.On, type.Events, type.Counted).Should().Be((true, 4L, 2L));
    }

    [Fact]
    public async Task Distinct_values_are_counted_among_the_latest_events_that_belong_to_somebody()
    {
        await new EventTypeSwitchStore(_store.Source).SwitchAsync("Hint", on: true, Day, CancellationToken.None);
        await AppendAsync([
            .. Enumerable.Range(0, EventTypeViewStore.DistinctAmong).Select(i =>
                Event("Hint", new { Phone = "1", plan = i % 2 == 0 ? "free" : "paid", order = i, nothing = (string?)null, tags = Tags }, Day.AddMinutes(i))),
            Event("Hint", new { Phone = "1", plan = "older than the latest thousand" }, Day.AddMinutes(-1)),
            Event("Hint", new { plan = "of nobody" }, Day.AddYears(1)),
            Event("Other", new { Phone = "1", plan = "another type" }, Day.AddYears(1)),
        ]);

        var (among, values) = await Views.DistinctAsync("Hint", CancellationToken.None);

        among.Should().Be(EventTypeViewStore.DistinctAmong);
        values.Should().BeEquivalentTo(new Dictionary<string, int> { ["Phone"] = 1, ["plan"] = 2, ["order"] = EventTypeViewStore.DistinctAmong, ["tags"] = 1 });
    }

    [Fact]
    public async Task Samples_show_nothing_that_identifies_a_person()
    {
        var rules = new MatchingRuleStore(_store.Source);
        await rules.SetAsync("Sampled", new(On: false, IdentifierKind.Phone, "before"), Day, CancellationToken.None);
        await AppendAsync(Event("Sampled", new { Phone = "555", BEFORE = "556", login = "ada77", address = "ada@example.com", plan = "free" }, Day));
        (await SamplesAsync("Sampled")).Should().BeEquivalentTo(["login: ada77", "plan: free"]);

        await rules.SetAsync(MatchingRules.Installation, new(On: true, IdentifierKind.ExternalId, "LOGIN"), Day, CancellationToken.None);
        (await SamplesAsync("Sampled")).Should().BeEquivalentTo(["plan: free"]);

        await rules.RemoveAsync(MatchingRules.Installation, CancellationToken.None);
        (await SamplesAsync("Sampled")).Should().BeEquivalentTo(["plan: free"], "what was shown to be personal is forgotten");
    }

    [Fact]
    public async Task A_full_catalogue_takes_no_new_type_on_sight_but_its_events_are_stored()
    {
        await ExecuteAsync($"insert into segmentation.event_types (key, events) select 'made-up-' || i, 1 from generate_series(1, {EventTypeStore.MaxTypes}) as i");

        await AppendAsync(Event("Beyond", new { plan = "free" }, Day), Event("made-up-7", new { plan = "free" }, Day));

        (await Views.FindAsync("Beyond", CancellationToken.None)).Should().BeNull();
        (await Views.FindAsync("made-up-7", CancellationToken.None))!.Events.Should().Be(2);
        (await ExecuteAsync("select count(*) from segmentation.unassigned_events where type = 'Beyond'")).Should().Be(1);
        (await new EventTypeSwitchStore(_store.Source).SwitchAsync("Beyond", on: true, Day, CancellationToken.None)).Should().BeTrue();
        (await Views.FindAsync("Beyond", CancellationToken.None))!.On.Should().BeTrue("whoever switches a type on wants it");
    }

    private EventTypeViewStore Views => new(_store.Source);

    private async Task<IEnumerable<string>> SamplesAsync(string type) =>
        from parameter in (await Views.FindAsync(type, CancellationToken.None))!.Parameters
        from sample in parameter.Samples
        select $"{parameter.Name}: {sample}";

    private Task<MatchOutcome> AppendAsync(params IncomingEvent[] events) =>
        new Matcher(_store.Source, new ParameterCatalogue(), new RememberedContacts(), TimeProvider.System).AppendAsync(events, CancellationToken.None);

    private async Task<long?> ExecuteAsync(string sql)
    {
        await using var command = _store.Source.CreateCommand(sql);
        return (long?)await command.ExecuteScalarAsync();
    }

    private static IncomingEvent Event(string type, object parameters, DateTimeOffset occurredAt) =>
        new(SegmentationService.Event(type, parameters, occurredAt), TraceParent: null);
}
