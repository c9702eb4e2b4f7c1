using System.Diagnostics.Metrics;
using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Streams;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Metrics = EventSegmentation.Segmentation.Telemetry.Metrics;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>A transition as the ledger has it, by what it says and not by its number.</summary>
internal sealed record LedgerLine(string Segment, bool Entered, DateTimeOffset At, string Cause, string? Event);

/// <summary>Matcher, merges and projection over a database of their own, with a clock that the test moves.</summary>
internal sealed class MergeWorld : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The statement of <see cref="ProjectedAsync"/>.</summary>
    public const string Projected = """
        select concat_ws(e'\n',
            (select string_agg(concat_ws(' ', contact_id, number, segment_id, version, entered, at, cause, cause_event_id, change_id), e'\n' order by contact_id, number) from segmentation.ledger),
            (select string_agg(concat_ws(' ', contact_id, edition_id, since), e'\n' order by contact_id, edition_id) from segmentation.memberships),
            (select string_agg(concat_ws(' ', contact_id, stream_version, number, due, merged_into, state is null), e'\n' order by contact_id) from segmentation.contact_states))
        """;

    /// <summary>The statements of <see cref="ForgetAsync"/>.</summary>
    public const string Forget = """
        truncate segmentation.contact_states, segmentation.memberships, segmentation.ledger;
        update segmentation.checkpoints set position = 0;
        update segmentation.ledger_end set position = 0
        """;

    // More than any test needs: whoever goes on beyond does the same again and again.
    private const int MostRounds = 20_000;

    private readonly StreamStore _store = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly Dictionary<string, Definition> _segments = [];
    private Matcher _matcher = null!;

    public SettableTime Time { get; } = new(Start);

    /// <summary>Who owns which partitions while the world projects; they take turns. One who owns all, if the test says nothing.</summary>
    public IReadOnlyList<IReadOnlyList<short>> Owners { get; set; } = [Partition.All];

    public MergeStore Merges { get; private set; } = null!;

    public ContactCardStore Cards { get; private set; } = null!;

    public NpgsqlDataSource Source => _store.Source;

    public string ConnectionString => _store.ConnectionString;

    public static async Task<MergeWorld> CreateAsync()
    {
        var world = new MergeWorld();
        await world._store.InitializeAsync();
        world.Merges = new(world.Source, world.Time);
        world.Cards = new(world.Source);
        world._matcher = new(world.Source, new ParameterCatalogue(), new RememberedContacts(), world.Time);
        foreach (var type in new[] { "Seen", "Paid" })
            await new EventTypeSwitchStore(world.Source).SwitchAsync(type, on: true, DateTimeOffset.UnixEpoch, CancellationToken.None);
        return world;
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _store.DisposeAsync();
    }

    /// <summary>Makes a segment that is live at once.</summary>
    public async Task SegmentAsync(string key, string condition)
    {
        var (request, errors) = SegmentRequest.Parse(JsonSerializer.SerializeToElement(new { key, name = key, condition = JsonElement.Parse(condition) }), address: null);
        errors.Should().BeEmpty();
        (await new SegmentStore(Source).CreateAsync(request!, new("admin", Time.Now), CancellationToken.None)).Should().BeOfType<SegmentOutcome.Done>();
        await ProjectAsync();
        _segments.Add(key, Definition.Parse(JsonElement.Parse(condition), null).Definition!);
    }

    /// <summary>Records an event at the clock's present instant.</summary>
    public Task SendAsync(string id, string type, object parameters) => SendAsync(SegmentationService.Event(type, parameters, Time.Now, id));

    /// <summary>Records events at the clock's present instant.</summary>
    public Task SendAsync(params NormalizedEvent[] events) =>
        _matcher.AppendAsync([.. events.Select(e => new IncomingEvent(e, TraceParent: null))], CancellationToken.None);

    /// <summary>The contact that has this alias.</summary>
    public Task<long> ContactAsync(string alias) =>
        ScalarAsync<long>($"select contact_id from segmentation.identifiers where kind = 'contactId' and key = '{alias}'");

    public async Task MergeAsync(long contact, long into) =>
        (await Merges.MergeAsync(contact, into, "test", CancellationToken.None)).Refusal.Should().BeNull();

    public async Task UnmergeAsync(long contact) =>
        (await Merges.UnmergeAsync(contact, "test", CancellationToken.None)).Refusal.Should().BeNull();

    /// <summary>Projects all there is, and lets time pass up to the clock's present instant.</summary>
    /// <param name="restarts">True to begin anew from what is stored after each round, as after a crash.</param>
    /// <param name="rounds">The most rounds; fewer leave work half done.</param>
    /// <param name="source">Where the owner's connection comes from; null for the usual one.</param>
    /// <returns>True if the last round said that there may be more to do at once.</returns>
    public async Task<bool> ProjectAsync(int batch = 1_000, bool restarts = false, int rounds = int.MaxValue, NpgsqlDataSource? source = null)
    {
        if (Owners.Count == 1)
            return (await TurnAsync(Owners[0], batch, restarts, rounds, source)).MayHaveMore;

        // What one does may let another go on, so nobody is done before all in turn find nothing to do.
        for (var isIdle = false; !isIdle && rounds > 0;)
        {
            isIdle = true;
            foreach (var partitions in Owners)
            {
                var (done, _) = await TurnAsync(partitions, batch, restarts, Math.Min(rounds, 3), source);
                rounds -= Math.Max(done, 1);
                isIdle &= done == 0;
            }
        }

        return rounds <= 0;
    }

    /// <summary>Some rounds of one owner: how many there were until one found nothing to do.</summary>
    private async Task<(int Done, bool MayHaveMore)> TurnAsync(IReadOnlyList<short> partitions, int batch, bool restarts, int rounds, NpgsqlDataSource? source)
    {
        await using var connection = await (source ?? Source).OpenConnectionAsync();
        using var metrics = new Metrics(_services.GetRequiredService<IMeterFactory>());
        using var wakeUp = new WakeUp();
        var options = new SegmentationOptions { ProjectionBatch = batch, ContactBatch = batch };
        var tools = new ProjectionTools(Source, options, metrics, wakeUp, Time, NullLogger.Instance) { Partitions = partitions };
        var (done, mayHaveMore) = (0, true);
        while (mayHaveMore && done < rounds)
        {
            await using var projection = await Projection.ResumeAsync(connection, tools, CancellationToken.None);
            do
            {
                mayHaveMore = await projection.RunOnceAsync(CancellationToken.None);
                done += mayHaveMore ? 1 : 0;
                if (done == MostRounds)
                    throw new TimeoutException($"the projection comes to no end: {done} rounds, and there may be more to do");
            }
            while (mayHaveMore && done < rounds && !restarts);
        }

        return (done, mayHaveMore);
    }

    /// <summary>Forgets all that was projected, as before a replay.</summary>
    public Task ForgetAsync() => ExecuteAsync(Forget);

    /// <summary>The keys of the segments that a contact is in.</summary>
    public async Task<string[]> SegmentsAsync(long contact) =>
        [.. (await Cards.ReadAsync(contact, CancellationToken.None))!.Segments.Select(segment => segment.Key)];

    /// <summary>The keys of the segments that hold now by the plain reading of a whole history.</summary>
    public async Task<string[]> ReferenceAsync(long root, params long[] merged)
    {
        var history = new List<StoredEvent>();
        await using var connection = await Source.OpenConnectionAsync();
        await foreach (var stored in StreamHistory.ReadAsync(connection, [.. merged.Prepend(root).Select(contact => new WantedStream(root, contact, long.MaxValue))], CancellationToken.None))
            history.Add(stored);
        ContactEvent[] events =
        [
            .. history.Select(stored => stored.Fact).OfType<EventRecorded>()
                .Select(e => new ContactEvent { EventId = e.EventId, Type = e.EventType, OccurredAt = e.OccurredAt, Counts = e.Counts, Params = e.Params }),
        ];
        var facts = new ContactFacts(StreamId.Of(root), history.Min(stored => stored.RecordedAt), "Event")
        {
            Identifiers =
            [
                .. history.SelectMany(stored => stored.Fact switch
                {
                    ContactCreated created => created.Identifiers,
                    IdentifiersLinked linked => linked.Identifiers,
                    _ => [],
                }).Select(identifier => KeyValuePair.Create(identifier.Kind, identifier.Value)),
            ],
        };
        return [.. _segments.Where(segment => Reference.Holds(segment.Value, facts, events, Time.Now, _segments)).Select(segment => segment.Key).Order(StringComparer.Ordinal)];
    }

    /// <summary>A contact's transitions in the order of their numbers.</summary>
    public async Task<List<LedgerLine>> LedgerAsync(long contact)
    {
        await using var command = Source.CreateCommand("""
            select s.key, l.entered, l.at, l.cause, l.cause_event_id, l.number from segmentation.ledger l
            join segmentation.segments s on s.id = l.segment_id where l.contact_id = $1 order by l.number
            """);
        command.Parameters.Add(new() { Value = contact });
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<LedgerLine>();
        while (await reader.ReadAsync())
        {
            lines.Add(new(reader.GetString(0), reader.GetBoolean(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetString(4)));
            reader.GetInt64(5).Should().Be(lines.Count, "numbers are without gaps");
        }

        return lines;
    }

    /// <summary>Everything that was projected, as a text in which each contact's transitions are in order.</summary>
    public Task<string> ProjectedAsync() => ScalarAsync<string>(Projected);

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
