using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.Evaluation;
using EventSegmentation.IntegrationTests.Broker;
using EventSegmentation.IntegrationTests.Database;
using EventSegmentation.IntegrationTests.Segmentation;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.IntegrationTests.EndToEnd;

/// <summary>Both services as processes, with a database and a virtual host of their own.</summary>
public sealed class TestSystem : IAsyncDisposable
{
    public const string WriteKey = "write-key-of-the-tests";
    public const string ReadKey = "read-key-of-the-tests";
    public const string AdminKey = "admin-key-of-the-tests";

    private readonly TestVhost _vhost;
    private readonly IReadOnlyDictionary<string, string> _settings;

    private TestSystem(TestDatabase database, TestVhost vhost, IReadOnlyDictionary<string, string> settings)
    {
        Database = database;
        (_vhost, _settings) = (vhost, settings);
    }

    public TestDatabase Database { get; private set; }

    public Uri Broker => _vhost.Amqp;

    public TestVhost Vhost => _vhost;

    internal ServiceProcess Ingestion { get; private set; } = null!;

    internal ServiceProcess Segmentation { get; private set; } = null!;

    /// <summary>Calls ingestion with a write key.</summary>
    public HttpClient Intake { get; private set; } = null!;

    /// <summary>Calls segmentation with an admin key.</summary>
    public HttpClient Api { get; private set; } = null!;

    /// <param name="settings">Variables for both services, such as where telemetry goes.</param>
    public static async Task<TestSystem> StartAsync(IReadOnlyDictionary<string, string>? settings = null)
    {
        settings ??= new Dictionary<string, string>();
        var system = new TestSystem(await TestDatabase.CreateAsync(), new TestVhost(), settings);
        await system._vhost.InitializeAsync();
        var ingestion = ServiceProcess.StartAsync("ingestion", new Dictionary<string, string>(settings)
        {
            ["Ingestion__Broker"] = system.Broker.ToString(),
            ["Ingestion__WriteKeys__0"] = WriteKey,
        });
        var segmentation = system.StartReplicaAsync();
        system.Ingestion = await ingestion;
        system.Segmentation = await segmentation;
        system.Intake = Client(system.Ingestion.Address, WriteKey);
        system.Api = Client(system.Segmentation.Address, AdminKey);
        return system;
    }

    /// <summary>Starts a further process of segmentation; the caller disposes it.</summary>
    internal Task<ServiceProcess> StartReplicaAsync() => ServiceProcess.StartAsync("segmentation", new Dictionary<string, string>(_settings)
    {
        ["Segmentation__Database"] = Database.ConnectionString,
        ["Segmentation__Broker"] = Broker.ToString(),
        ["Segmentation__ReadKeys__0"] = ReadKey,
        ["Segmentation__AdminKeys__0"] = AdminKey,
    });

    /// <summary>Kills segmentation and starts it on another database, as after a restore. The caller disposes the one before.</summary>
    public async Task MoveAsync(TestDatabase database)
    {
        await Segmentation.DisposeAsync();
        Api.Dispose();
        Database = database;
        Segmentation = await StartReplicaAsync();
        Api = Client(Segmentation.Address, AdminKey);
    }

    public async Task SwitchOnAsync(params string[] types)
    {
        foreach (var type in types)
            (await Api.PutAsJsonAsync($"/api/event-types/{type}/segmentation", new { on = true })).EnsureSuccessStatusCode();
    }

    public async Task CreateSegmentAsync(string key, string condition)
    {
        var body = new { key, name = key, condition = JsonDocument.Parse(condition).RootElement };
        (await Api.PostAsJsonAsync("/api/segments", body)).StatusCode.Should().Be(HttpStatusCode.Created);
        await Eventually.BecomesAsync(() => GetAsync($"/api/segments/{key}"), segment => segment.GetProperty("state").GetString() == "live", $"{key} being live");
    }

    public async Task<JsonElement> GetAsync(string path) => await Api.GetFromJsonAsync<JsonElement>(path);

    /// <summary>All members of a segment, by id.</summary>
    public async Task<IReadOnlySet<string>> MembersAsync(string key)
    {
        var members = new HashSet<string>();
        for (string? cursor = null, query = ""; ; query = $"&cursor={cursor}")
        {
            var page = await GetAsync($"/api/segments/{key}/members?limit=1000{query}");
            members.UnionWith(page.GetProperty("items").EnumerateArray().Select(member => member.GetProperty("contactId").GetString()!));
            cursor = page.GetProperty("next").GetString();
            if (cursor is null)
                return members;
        }
    }

    /// <summary>Waits until every recorded fact is projected and every transition is published.</summary>
    public async Task SettleAsync(long events)
    {
        await Eventually.BecomesAsync(
            () => Database.ScalarAsync<long>("select count(*) from public.mt_events where type = 'event_recorded'"),
            count => count == events, $"{events} events in the streams", TimeSpan.FromMinutes(5));
        await Eventually.BecomesAsync(
            () => Database.ScalarAsync<bool>("""
                select (select min(position) from segmentation.checkpoints where name = 'projector') >= (select max(seq_id) from public.mt_events)
                   and (select min(position) from segmentation.checkpoints where name = 'relay') = (select coalesce(max(position), 0) from segmentation.ledger)
                """),
            isSettled => isSettled, "everything projected and published", TimeSpan.FromMinutes(5));
    }

    /// <summary>Who must be a member now, by the reference evaluator over the whole streams.</summary>
    public async Task<IReadOnlySet<string>> ReferenceMembersAsync(string condition)
    {
        using var document = JsonDocument.Parse(condition);
        var definition = Definition.Parse(document.RootElement, null).Definition!;
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        var streams = new List<WantedStream>();
        await using (var command = new NpgsqlCommand("select id, version from public.mt_streams", connection))
        {
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                streams.Add(new(StreamId.Contact(reader.GetString(0)), reader.GetInt64(1)));
        }

        var stored = new List<StoredEvent>();
        await foreach (var fact in StreamHistory.ReadAsync(connection, streams, CancellationToken.None))
            stored.Add(fact);
        return stored.GroupBy(fact => fact.ContactId).Where(stream => Holds(definition, stream)).Select(stream => StreamId.Of(stream.Key)).ToHashSet();
    }

    public async ValueTask DisposeAsync()
    {
        Intake.Dispose();
        Api.Dispose();
        await Ingestion.DisposeAsync();
        await Segmentation.DisposeAsync();
        await _vhost.DisposeAsync();
        _vhost.Dispose();
        await Database.DisposeAsync();
    }

    private static bool Holds(Definition definition, IGrouping<long, StoredEvent> stream)
    {
        var created = stream.Single(fact => fact.Fact is ContactCreated);
        var facts = new ContactFacts(StreamId.Of(stream.Key), created.RecordedAt, "Event");
        ContactEvent[] history =
        [
            .. stream.Select(fact => fact.Fact).OfType<EventRecorded>().Select(e => new ContactEvent
            {
                EventId = e.EventId,
                Type = e.EventType,
                OccurredAt = e.OccurredAt,
                Counts = e.Counts,
                Params = e.Params,
            }),
        ];
        return Reference.Holds(definition, facts, history, DateTimeOffset.UtcNow);
    }

    private static HttpClient Client(Uri address, string key)
    {
        var client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }
}
