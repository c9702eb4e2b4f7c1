using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.History;

namespace EventSegmentation.IntegrationTests.Segmentation;

public sealed class EventHistoryTests(StreamStore store) : IClassFixture<StreamStore>
{
    private static readonly DateTimeOffset Day = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly HistoryFilter All = new(null, null, null, null, null);

    private readonly EventHistoryStore _history = new(store.Source);
    private readonly RefusedEventStore _refused = new(store.Source);

    [Fact]
    public async Task Pages_together_are_the_whole_history_newest_first_whatever_the_size_of_a_page()
    {
        await SwitchOnAsync("Paged");
        var random = new Random(5);

        // Few instants for many events, so that all three states meet at one instant.
        var ids = Enumerable.Range(0, 60).Select(i => (Id: $"paged-{i}", At: Day.AddMinutes(random.Next(5)), Kind: random.Next(3))).ToArray();
        await MatchAsync([.. ids.Where(e => e.Kind == 0).Select(e => Event("Paged", new { Email = $"{e.Id}@example.com" }, e.Id, e.At))]);
        await MatchAsync([.. ids.Where(e => e.Kind == 1).Select(e => Event("Paged", new { nobody = 1 }, e.Id, e.At))]);
        await _refused.AddAsync([.. ids.Where(e => e.Kind == 2).Select(e => Refusal("Paged", e.Id, e.At))], CancellationToken.None);
        var filter = All with { Type = "Paged" };

        var whole = await _history.ListAsync(filter, after: null, 100, CancellationToken.None);

        whole.Select(one => one.EventId).Should().BeEquivalentTo(ids.Select(e => e.Id));
        whole.Select(one => (one.OccurredAt, State(one))).Should().Equal(whole.Select(one => (one.OccurredAt, State(one))).OrderByDescending(key => key.OccurredAt).ThenBy(key => key.Item2));
        foreach (var size in (int[])[1, 2, 7, 59, 60])
            (await PagesAsync(filter, size)).Select(one => one.EventId).Should().Equal(whole.Select(one => one.EventId), $"in pages of {size}");
    }

    [Fact]
    public async Task Going_on_is_not_disturbed_by_events_that_arrive_meanwhile()
    {
        await MatchAsync([.. Enumerable.Range(0, 10).Select(i => Event("Arriving", new { nobody = 1 }, $"arriving-{i}", Day.AddSeconds(i)))]);
        var filter = All with { Type = "Arriving" };
        var first = await _history.ListAsync(filter, after: null, 5, CancellationToken.None);

        await MatchAsync([Event("Arriving", new { nobody = 1 }, "arriving-late", Day.AddSeconds(5).AddMilliseconds(1))]);
        await MatchAsync([Event("Arriving", new { nobody = 1 }, "arriving-new", Day.AddSeconds(100))]);
        var rest = await _history.ListAsync(filter, first[^1].Position, 100, CancellationToken.None);

        first.Concat(rest).Select(one => one.EventId).Should().Equal(Enumerable.Range(0, 10).Reverse().Select(i => $"arriving-{i}"));
    }

    [Fact]
    public async Task Each_filter_keeps_what_fits_and_nothing_else()
    {
        await SwitchOnAsync("Filtered", "FilteredToo");
        await MatchAsync([
            Event("Filtered", new { Email = "filtered@example.com" }, "f-1", Day.AddDays(10)),
            Event("FilteredToo", new { Email = "filtered@example.com" }, "f-2", Day.AddDays(11)),
            Event("Filtered", new { Email = "other@filtered.example" }, "f-3", Day.AddDays(11)),
            Event("Filtered", new { nobody = 1 }, "f-4", Day.AddDays(11)),
        ]);
        await _refused.AddAsync([Refusal("Filtered", "f-5", Day.AddDays(11)), Refusal(null, "f-6", Day.AddDays(11))], CancellationToken.None);
        var contact = (await _history.FindAsync("f-1", CancellationToken.None))!.ContactId!;
        var inTime = All with { From = Day.AddDays(10), To = Day.AddDays(12) };

        await ShouldFindAsync(inTime, "f-1", "f-2", "f-3", "f-4", "f-5", "f-6");
        await ShouldFindAsync(inTime with { Type = "Filtered" }, "f-1", "f-3", "f-4", "f-5");
        await ShouldFindAsync(inTime with { Contact = contact }, "f-1", "f-2");
        await ShouldFindAsync(inTime with { Contact = contact, Type = "Filtered" }, "f-1");
        await ShouldFindAsync(inTime with { State = HistoryState.Assigned }, "f-1", "f-2", "f-3");
        await ShouldFindAsync(inTime with { State = HistoryState.Unassigned }, "f-4");
        await ShouldFindAsync(inTime with { State = HistoryState.Refused }, "f-5", "f-6");
        await ShouldFindAsync(inTime with { State = HistoryState.Refused, Contact = contact });
        await ShouldFindAsync(inTime with { From = Day.AddDays(11) }, "f-2", "f-3", "f-4", "f-5", "f-6");
        await ShouldFindAsync(inTime with { To = Day.AddDays(11) }, "f-1");
        await ShouldFindAsync(inTime with { Contact = contact, From = Day.AddDays(11) }, "f-2");
        await ShouldFindAsync(inTime with { Type = "Nothing" });
        await ShouldFindAsync(inTime with { Contact = "999999" });
        await ShouldFindAsync(inTime with { Contact = "nobody's" });
    }

    [Fact]
    public async Task An_event_opens_with_all_that_is_known_of_it()
    {
        await SwitchOnAsync("Opened");
        await MatchAsync([Event("Opened", new { Email = "opened@example.com", n = 1.50m }, "o-1", Day), Event("Opened", new { nobody = 2 }, "o-2", Day)]);
        var refusal = Refusal("Opened", null, null) with { Body = """{"eventTypeKey":"Opened","params":{"a":[1,2]}}""" };
        await _refused.AddAsync([refusal, refusal], CancellationToken.None);

        var assigned = await _history.FindAsync("o-1", CancellationToken.None);
        assigned!.State.Should().Be("assigned");
        assigned.Params!.Value.GetRawText().Should().Contain("1.50");
        assigned.Version.Should().Be(2);

        var unassigned = await _history.FindAsync("o-2", CancellationToken.None);
        unassigned!.State.Should().Be("unassigned");
        unassigned.Reason.Should().Be(MatchedBatch.NoIdentifier);

        var refused = await _history.FindAsync(refusal.RefusalId, CancellationToken.None);
        refused!.State.Should().Be("refused");
        refused.Reason.Should().Be("/occurredAt: is wrong");
        refused.OccurredAt.Should().BeNull();
        refused.Params!.Value.GetRawText().Should().Be("""{"a":[1,2]}""");
        refused.Body.Should().Be(refusal.Body);

        (await _history.FindAsync("o-3", CancellationToken.None)).Should().BeNull();
    }

    [Theory]
    [InlineData("""{"params":{"a":"\ud800"}}""")]
    [InlineData("""{"params":{"\ud800":1}}""")]
    [InlineData("""{"params":{"a":1""")]
    [InlineData("""[1]""")]
    public async Task Parameters_that_cannot_be_shown_are_left_out_and_the_body_stays(string body)
    {
        var refusal = Refusal(null, null, null) with { Body = body };
        await _refused.AddAsync([refusal], CancellationToken.None);

        var found = await _history.FindAsync(refusal.RefusalId, CancellationToken.None);

        found!.Params.Should().BeNull();
        found.Body.Should().Be(body);
    }

    [Theory]
    [InlineData(null, null, "Assigned", "mt_events_by_time")]
    [InlineData("Planned3", null, "Assigned", "mt_events_by_type")]
    [InlineData(null, "7", "Assigned", "pk_mt_events_stream_and_version")]
    [InlineData(null, null, "Unassigned", "unassigned_events_by_time")]
    [InlineData("Planned3", null, "Unassigned", "unassigned_events_by_type")]
    [InlineData(null, null, "Refused", "refused_events_by_time")]
    [InlineData("Planned3", null, "Refused", "refused_events_by_type")]
    public async Task A_page_in_the_depth_enters_its_index_at_the_position(string? type, string? contact, string stateName, string index)
    {
        var state = Enum.Parse<HistoryState>(stateName);
        await using var planned = new PlannedHistory();
        await planned.InitializeAsync();
        var deep = new HistoryPosition(PlannedHistory.Start.AddSeconds(10_000), state, 0, Guid.Empty);

        var plan = await planned.ExplainAsync(EventHistoryStore.Command(All with { Type = type, Contact = contact }, state, deep, 51));

        plan.Should().Contain(index).And.NotContain("Seq Scan");
        if (contact is null)
            plan.Should().Contain("ROW(").And.NotContain("Sort").And.NotContain("Filter: (ROW");
    }

    private static int State(HistoryEvent one) => (int)one.Position.State;

    private async Task<List<HistoryEvent>> PagesAsync(HistoryFilter filter, int size)
    {
        var all = new List<HistoryEvent>();
        while (true)
        {
            // As the endpoint does: the place of the last one goes out as text and comes back.
            HistoryPosition? after = all.Count > 0 && HistoryPosition.TryParse(all[^1].Position.ToString(), out var position) ? position : null;
            var page = await _history.ListAsync(filter, after, size, CancellationToken.None);
            all.AddRange(page);
            if (page.Count < size)
                return all;
        }
    }

    private async Task ShouldFindAsync(HistoryFilter filter, params string[] ids) =>
        (await _history.ListAsync(filter, after: null, 100, CancellationToken.None)).Select(one => one.EventId).Should().BeEquivalentTo(ids, filter.ToString());

    private async Task MatchAsync(IncomingEvent[] events) =>
        await new Matcher(store.Source, new ParameterCatalogue(), new RememberedContacts(), TimeProvider.System).AppendAsync(events, CancellationToken.None);

    private async Task SwitchOnAsync(params string[] types)
    {
        foreach (var type in types)
            await new EventTypeSwitchStore(store.Source).SwitchAsync(type, on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);
    }

    private static IncomingEvent Event(string type, object parameters, string id, DateTimeOffset at) =>
        new(SegmentationService.Event(type, parameters, at, id), TraceParent: null);

    internal static EventRefusal Refusal(string? type, string? id, DateTimeOffset? at, DateTimeOffset? receivedAt = null) => new()
    {
        RefusalId = $"refusal {Guid.NewGuid()}",
        EventId = id,
        EventType = type,
        OccurredAt = at,
        ReceivedAt = receivedAt ?? Day,
        Source = RefusalSource.Http,
        Reasons = [new("/occurredAt", "is wrong")],
        Body = "{}",
    };
}
