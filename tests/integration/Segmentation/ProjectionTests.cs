using System.Diagnostics.Metrics;
using System.Text.Json;
using EventSegmentation.Segmentation;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Segments;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Metrics = EventSegmentation.Segmentation.Telemetry.Metrics;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>The projection by itself, over streams that are already there, with a clock that the test moves.</summary>
public sealed class ProjectionTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly StreamStore _store = new();
    private readonly SettableTime _time = new(Start);
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private SegmentStore _segments = null!;

    public async Task InitializeAsync()
    {
        await _store.InitializeAsync();
        _segments = new(_store.Source);
    }

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task Batches_of_1_7_and_1000_give_the_same_ledger()
    {
        await CreateAsync("recent", """{"event":"Seen","count":{"atLeast":2},"period":"last 2 hours"}""");
        await CreateAsync("today", """{"event":"Seen","where":{"param":"n","moreThan":40},"period":"today"}""");
        await CreateAsync("quiet", """{"last":"Seen","period":"more than 1 day ago"}""");
        await CreateAsync("known", """{"contact":"email","exists":true}""");
        await CreateAsync("quiet-and-known", """{"all":[{"inSegment":"quiet","for":"1 hour"},{"inSegment":"known"}]}""");
        await ProjectAsync(batch: 1_000);
        await RecordAsync(events: 400);

        var ledgers = new List<string>();
        foreach (var batch in new[] { 1, 7, 1_000 })
        {
            await ForgetAsync();
            await ProjectAsync(batch);
            ledgers.Add(await LedgerAsync());
        }

        ledgers[0].Should().NotBeEmpty().And.Contain("clock").And.Contain("event").And.Contain("contact");
        ledgers[1].Should().Be(ledgers[0]);
        ledgers[2].Should().Be(ledgers[0]);
    }

    [Fact]
    public async Task A_segment_that_is_deleted_while_it_is_built_tells_nobody()
    {
        await RecordAsync(events: 20);
        await ProjectAsync(batch: 1_000);
        await CreateAsync("short-lived", """{"event":"Seen","period":"all time"}""");
        while (await ScalarAsync("select count(*) from segmentation.memberships") == 0)
            await ProjectAsync(batch: 1, rounds: 1);

        (await _segments.ArchiveAsync("short-lived", silent: false, IfMatch.Any, new("admin", _time.Now), CancellationToken.None)).Should().BeOfType<SegmentOutcome.Done>();
        await ProjectAsync(batch: 1_000);

        (await LedgerAsync()).Should().BeEmpty();
        (await ScalarAsync("select count(*) from segmentation.memberships")).Should().Be(0);
    }

    [Fact]
    public async Task A_fact_that_cannot_be_read_stops_nobody()
    {
        await CreateAsync("seen", """{"event":"Seen","period":"all time"}""");
        await RecordAsync(events: 5);
        await ExecuteAsync("""
            insert into public.mt_streams (id, version) values ('77', 2);
            insert into public.mt_events (seq_id, id, stream_id, version, data, type, timestamp)
            select nextval('public.mt_events_sequence'), gen_random_uuid(), '77', v, '{"EventId":5}', 'event_recorded', now() from generate_series(1, 2) v
            """);
        await RecordAsync(events: 40);

        await ProjectAsync(batch: 1_000);

        var contacts = await ScalarAsync("select count(*) from segmentation.contacts");
        (await ScalarAsync("select count(*) from segmentation.memberships")).Should().Be(contacts);
    }

    // A deterministic life of a few contacts, recorded at rising instants.
    private async Task RecordAsync(int events)
    {
        await new EventTypeSwitchStore(_store.Source).SwitchAsync("Seen", on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);
        var random = new Random(7);
        var clock = new SettableTime(Start);
        var matcher = new Matcher(_store.Source, new ParameterCatalogue(), new RememberedContacts(), clock);
        for (var i = 0; i < events; i++)
        {
            clock.Now += TimeSpan.FromMinutes(random.Next(30));
            var contact = random.Next(12);
            object parameters = random.Next(5) == 0
                ? new { ContactId = $"c-{contact}", Email = $"c-{contact}@example.com", n = random.Next(50) }
                : new { ContactId = $"c-{contact}", n = random.Next(50) };
            var e = SegmentationService.Event("Seen", parameters, clock.Now.AddMinutes(random.Next(-200, 30)), $"event-{i}");
            await matcher.AppendAsync([new IncomingEvent(e, TraceParent: null)], CancellationToken.None);
        }

        _time.Now = clock.Now.AddDays(3);
    }

    private async Task CreateAsync(string key, string condition)
    {
        var body = JsonSerializer.SerializeToElement(new { key, name = key, condition = JsonDocument.Parse(condition).RootElement });
        var (request, errors) = SegmentRequest.Parse(body, address: null);
        errors.Should().BeEmpty();
        (await _segments.CreateAsync(request!, new("admin", _time.Now), CancellationToken.None)).Should().BeOfType<SegmentOutcome.Done>();
    }

    private async Task ProjectAsync(int batch, int rounds = int.MaxValue)
    {
        await using var connection = await _store.Source.OpenConnectionAsync();
        using var metrics = new Metrics(_services.GetRequiredService<IMeterFactory>());
        using var wakeUp = new WakeUp();
        var options = new SegmentationOptions { ProjectionBatch = batch, ContactBatch = batch };
        await using var projection = await Projection.ResumeAsync(connection, new(_store.Source, options, metrics, wakeUp, _time, NullLogger.Instance), CancellationToken.None);
        while (rounds-- > 0 && await projection.RunOnceAsync(CancellationToken.None))
        {
        }
    }

    private Task ForgetAsync() => ExecuteAsync("""
        truncate segmentation.contact_states, segmentation.memberships, segmentation.ledger;
        update segmentation.checkpoints set position = 0;
        update segmentation.ledger_end set position = 0
        """);

    private async Task<string> LedgerAsync()
    {
        // Positions follow the batches; what is promised is the order within each contact.
        await using var command = _store.Source.CreateCommand("""
            select coalesce(string_agg(concat_ws(' ', contact_id, number, segment_id, version, entered, at, cause, cause_event_id, change_id), e'\n' order by contact_id, number), '')
            from segmentation.ledger
            """);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private async Task<long> ScalarAsync(string sql)
    {
        await using var command = _store.Source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = _store.Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
