using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.Benchmarks.History;
using EventSegmentation.Contracts;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Benchmarks.Builds;

/// <summary>
/// How long a new segment takes to be live over a stored history, what that does to live events, and whether its members are
/// those of the reference evaluator, on every contact.
/// </summary>
internal static class BuildTime
{
    private const int LiveSegments = 100;
    private const int Batch = 1_000;
    private const int CheckedAtOnce = 500;
    private const string New = """{"all":[{"event":"Paid","where":{"param":"amount","moreThan":70},"count":{"atLeast":2},"period":"all time"},{"not":{"first":"Left","period":"all time"}}]}""";
    private static readonly string[] Types = ["Seen", "Paid", "Left", "Rated"];
    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(30);

    public static async Task PrintAsync(int events, int contacts)
    {
        await using var database = await HistoryDatabase.CreateAsync();
        await using var service = await RunningService.StartAsync(database, Types);
        var started = Stopwatch.GetTimestamp();
        await FillAsync(database, events, contacts);
        Console.WriteLine($"{events:N0} events of {contacts:N0} contacts stored and projected in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");

        started = Stopwatch.GetTimestamp();
        for (var i = 1; i < LiveSegments; i++)
            await CreateAsync(service, $"segment-{i}", Condition(i), silent: true);
        await LiveAsync(database);
        Console.WriteLine($"{LiveSegments} segments live {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s after the first was asked for");

        RunningService.Print("before the build", await service.LiveAsync("alone", Alone, () => Task.FromResult(true)));
        started = Stopwatch.GetTimestamp();
        await CreateAsync(service, "new", New, silent: false);
        var ended = Task.Run(async () =>
        {
            await LiveAsync(database);
            return Stopwatch.GetElapsedTime(started);
        });
        var delays = await service.LiveAsync("beside", AtMost, () => Task.FromResult(!ended.IsCompleted));
        Console.WriteLine($"the new segment is live after {(await ended).TotalSeconds:0.0} s");
        RunningService.Print("during the build", delays);
        await CheckAsync(database);
    }

    private static async Task FillAsync(HistoryDatabase database, int events, int contacts)
    {
        var random = new Random(1);
        await using var pipeline = PipelineDatabase.Of(new(database.ConnectionString));
        var matcher = new Matcher(pipeline.Pool, new ParameterCatalogue(), new RememberedContacts(), TimeProvider.System);
        foreach (var chunk in Enumerable.Range(0, events).Chunk(Batch))
            await matcher.AppendAsync([.. chunk.Select(i => new IncomingEvent(Event(random, i, contacts), TraceParent: null))], CancellationToken.None);
        while (await database.ScalarAsync("select min(position) from segmentation.checkpoints where name = 'projector'") < await database.ScalarAsync("select max(seq_id) from public.mt_events"))
            await Task.Delay(100);
    }

    private static NormalizedEvent Event(Random random, int i, int contacts)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new()
        {
            EventId = $"stored-{i}",
            EventType = Types[random.Next(20) == 0 ? 2 : random.Next(Types.Length) is 2 ? 0 : random.Next(2)],
            OccurredAt = now.AddMinutes(-random.Next(60 * 24 * 60)),
            ReceivedAt = now,
            Import = true,
            Params = JsonSerializer.SerializeToElement(new { ContactId = $"stored-{random.Next(contacts)}", amount = random.Next(100), kind = random.Next(5).ToString(CultureInfo.InvariantCulture), device = "phone" }),
        };
    }

    private static string Condition(int i) => (i % 4) switch
    {
        0 => $$"""{"event":"Paid","count":{"atLeast":{{1 + (i % 7)}}},"period":"last {{5 + i}} days"}""",
        1 => $$"""{"event":"Seen","where":{"param":"amount","moreThan":{{i}}},"period":"all time"}""",
        2 => $$"""{"last":"Seen","period":"more than {{i}} days ago"}""",
        _ => $$"""{"event":"Paid","where":{"param":"kind","is":"{{i % 5}}"},"sum":"amount","atLeast":{{i * 3}},"period":"last {{i}} days"}""",
    };

    // Silent where only the segments are wanted: publishing who enters them all would stand before the live events.
    private static async Task CreateAsync(RunningService service, string key, string condition, bool silent) =>
        (await service.Api.PostAsJsonAsync("/api/segments", new { key, name = key, condition = JsonElement.Parse(condition), silent })).EnsureSuccessStatusCode();

    private static async Task LiveAsync(HistoryDatabase database)
    {
        while (await database.ScalarAsync("select count(*) from segmentation.builds where state in ('waiting', 'running')") > 0)
            await Task.Delay(20);
    }

    private static async Task CheckAsync(HistoryDatabase database)
    {
        var definition = Definition.Parse(JsonElement.Parse(New), null).Definition!;
        await using var connection = await database.Source.OpenConnectionAsync();
        var members = (await ReadAsync(connection, "select m.contact_id from segmentation.editions e join segmentation.segments s on s.id = e.segment_id and s.key = 'new' join segmentation.memberships m on m.edition_id = e.id where e.state = 'live'")).ToHashSet();
        var contacts = await ReadAsync(connection, "select id from segmentation.contacts order by id");
        var wrong = 0;
        foreach (var some in contacts.Chunk(CheckedAtOnce))
        {
            var stored = new List<StoredEvent>();
            await foreach (var fact in StreamHistory.ReadAsync(connection, [.. some.Select(contact => new WantedStream(contact, long.MaxValue))], CancellationToken.None))
                stored.Add(fact);
            wrong += stored.GroupBy(fact => fact.ContactId).Count(stream => Holds(definition, stream) != members.Contains(stream.Key));
        }

        Console.WriteLine($"{members.Count:N0} members of {contacts.Count:N0} contacts; the reference evaluator says otherwise of {wrong}");
    }

    private static bool Holds(Definition definition, IGrouping<long, StoredEvent> stream) => Reference.Holds(
        definition, new(StreamId.Of(stream.Key), stream.First().RecordedAt, "Event"),
        [.. stream.Select(fact => fact.Fact).OfType<EventRecorded>().Select(ProjectedContact.Event)], TimeProvider.System.GetUtcNow());

    private static async Task<List<long>> ReadAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var ids = new List<long>();
        while (await reader.ReadAsync())
            ids.Add(reader.GetInt64(0));
        return ids;
    }
}
