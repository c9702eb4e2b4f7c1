using System.Buffers.Text;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace EventSegmentation.IntegrationTests.Segmentation;

public sealed class RematchTests(StreamStore store) : IClassFixture<StreamStore>
{
    private static readonly MatchingRule ByClient = new(On: true, IdentifierKind.Email, "client");

    private readonly EventTypeSwitchStore _switches = new(store.Source);
    private readonly MatchingRuleStore _rules = new(store.Source);

    [Fact]
    public async Task Unassigned_events_find_their_contacts_in_the_order_in_which_they_came()
    {
        await SwitchOnAsync("Order");
        await NewMatcher().AppendAsync(Events("Order", 1_200, persons: 3), CancellationToken.None);
        await NewMatcher().AppendAsync([.. Enumerable.Range(0, 10).Select(i => Event("Order", new { nobody = i }, $"Order-nobody-{i}"))], CancellationToken.None);
        await _rules.SetAsync("Order", ByClient, DateTimeOffset.UnixEpoch, CancellationToken.None);

        var answer = await NewRematch().RunAsync(0, CancellationToken.None);
        var again = await NewRematch().RunAsync(0, CancellationToken.None);

        answer.Should().Be(new RematchAnswer(1_210, 1_200, 10, null));
        again.Should().Be(new RematchAnswer(10, 0, 10, null));
        (await RowsAsync("select count(*) from segmentation.identifiers where kind = 'email' and key like 'order-%'")).Should().Be(3);
        (await RowsAsync("""
            select count(*) from (
                select (regexp_match(data ->> 'EventId', '\d+$'))[1]::int as came, lag((regexp_match(data ->> 'EventId', '\d+$'))[1]::int) over (partition by stream_id order by version) as before
                from public.mt_events where data ->> 'EventType' = 'Order') as events
            where came < before
            """)).Should().Be(0);
        (await RowsAsync("select count(*) from segmentation.unassigned_events where type = 'Order'")).Should().Be(10);
        var type = await new EventTypeViewStore(store.Source).FindAsync("Order", CancellationToken.None);
        (type!.Events, type.Counted).Should().Be((1_210L, 1_200L), "an event that is matched again is not seen again");
    }

    [Fact]
    public async Task Two_rematches_at_once_beside_traffic_and_redeliveries_double_nothing()
    {
        const int count = 3_000;
        await SwitchOnAsync("Crowd");
        var events = Events("Crowd", count, persons: 20);
        await NewMatcher().AppendAsync(events, CancellationToken.None);
        await _rules.SetAsync("Crowd", ByClient, DateTimeOffset.UnixEpoch, CancellationToken.None);
        var traffic = Events("Crowd", count, persons: 20, first: count);

        var rematches = new[] { NewRematch().RunAsync(0, CancellationToken.None), NewRematch().RunAsync(0, CancellationToken.None) };
        await Task.WhenAll([.. rematches, AppendAsync(events.Reverse()), AppendAsync(traffic)]);
        var rest = await NewRematch().RunAsync(0, CancellationToken.None);

        (rematches.Sum(rematch => rematch.Result.Assigned) + rest.Assigned).Should().Be(count);
        (await RowsAsync("select count(*) from public.mt_events where type = 'event_recorded' and data ->> 'EventType' = 'Crowd'")).Should().Be(2 * count);
        (await RowsAsync("select count(distinct data ->> 'EventId') from public.mt_events where type = 'event_recorded' and data ->> 'EventType' = 'Crowd'")).Should().Be(2 * count);
        (await RowsAsync("select count(distinct stream_id) from public.mt_events where data ->> 'EventType' = 'Crowd'")).Should().Be(20);
        (await RowsAsync("select count(*) from segmentation.unassigned_events where type = 'Crowd'")).Should().Be(0);
    }

    [Fact]
    public async Task An_unassigned_event_that_is_in_a_stream_already_is_only_dropped()
    {
        await SwitchOnAsync("Twice");
        await NewMatcher().AppendAsync([Event("Twice", new { Phone = "twice" }, "twice-1"), Event("Twice", new { }, "twice-2")], CancellationToken.None);
        await RowsAsync("""
            with one as (select id from public.mt_events where data ->> 'EventId' = 'twice-1')
            update segmentation.unassigned_events u set id = one.id, event_id = 'twice-1', params = '{"Phone":"twice"}' from one where event_id = 'twice-2' returning 1::bigint
            """);

        await NewRematch().RunAsync(0, CancellationToken.None);

        (await RowsAsync("select count(*) from segmentation.unassigned_events where type = 'Twice'")).Should().Be(0);
        (await RowsAsync("select count(*) from public.mt_events where data ->> 'EventId' = 'twice-1'")).Should().Be(1);
    }

    [Fact]
    public async Task It_stops_at_its_time_limit_and_goes_on_from_the_cursor()
    {
        await SwitchOnAsync("Long");
        await NewMatcher().AppendAsync(Events("Long", Rematch.BatchSize + 1, persons: 1), CancellationToken.None);
        await _rules.SetAsync("Long", ByClient, DateTimeOffset.UnixEpoch, CancellationToken.None);
        var start = await RowsAsync("select min(position) - 1 from segmentation.unassigned_events where type = 'Long'");

        var first = await NewRematch(new HurryingClock()).RunAsync(start, CancellationToken.None);
        var second = await NewRematch(new HurryingClock()).RunAsync(
            long.Parse(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(first.Next)), CultureInfo.InvariantCulture), CancellationToken.None);

        (first.Examined, first.Assigned).Should().Be((Rematch.BatchSize, Rematch.BatchSize));
        second.Should().Be(new RematchAnswer(1, 1, 0, null));
    }

    [Fact]
    public async Task It_is_not_done_while_a_rival_has_some_of_the_events()
    {
        await SwitchOnAsync("Held");
        await NewMatcher().AppendAsync(Events("Held", 3, persons: 1), CancellationToken.None);
        await _rules.SetAsync("Held", ByClient, DateTimeOffset.UnixEpoch, CancellationToken.None);
        var start = await RowsAsync("select min(position) - 1 from segmentation.unassigned_events where type = 'Held'");

        RematchAnswer first;
        await using (var rival = await store.Source.OpenConnectionAsync())
        await using (await rival.BeginTransactionAsync())
        {
            await using var take = new Npgsql.NpgsqlCommand("select from segmentation.unassigned_events where event_id in ('Held-0', 'Held-2') for update", rival);
            await take.ExecuteNonQueryAsync();
            first = await NewRematch().RunAsync(start, CancellationToken.None);
        }

        var second = await NewRematch().RunAsync(
            long.Parse(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(first.Next)), CultureInfo.InvariantCulture), CancellationToken.None);

        (first.Examined, first.Assigned).Should().Be((1L, 1L));
        second.Should().Be(new RematchAnswer(2, 2, 0, null));
    }

    private async Task AppendAsync(IEnumerable<IncomingEvent> events)
    {
        var matcher = NewMatcher();
        foreach (var batch in events.Chunk(50))
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

    private static IncomingEvent[] Events(string type, int count, int persons, int first = 0) =>
        [.. Enumerable.Range(first, count).Select(i => Event(type, new { client = $"{type}-{i % persons}" }, $"{type}-{i}"))];

    private static IncomingEvent Event(string type, object parameters, string id) =>
        new(SegmentationService.Event(type, parameters, id: id), TraceParent: null);

    private Task<bool> SwitchOnAsync(string type) => _switches.SwitchAsync(type, on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);

    private Matcher NewMatcher() => new(store.Source, new ParameterCatalogue(), new RememberedContacts(), TimeProvider.System);

    private Rematch NewRematch(TimeProvider? time = null) => new(
        new PipelineDatabase(store.Source, store.Source),
        new ParameterCatalogue(),
        new RememberedContacts(),
        new Metrics(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>()),
        time ?? TimeProvider.System);

    private async Task<long> RowsAsync(string sql)
    {
        await using var command = store.Source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    // Every look at it finds the time limit passed.
    private sealed class HurryingClock : TimeProvider
    {
        private long _looks;

        public override long GetTimestamp() => Interlocked.Increment(ref _looks) * (long)Rematch.Limit.TotalSeconds * TimestampFrequency;
    }
}
