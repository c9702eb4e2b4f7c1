using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Evaluation;
using EventSegmentation.IntegrationTests.Segmentation;
using Npgsql;
using static EventSegmentation.IntegrationTests.Segmentation.SegmentationService;

namespace EventSegmentation.IntegrationTests.Insight;

/// <summary>A running service with a generated population: events of two months, merged contacts, an erased one, and segments over them.</summary>
public sealed class Population : IAsyncLifetime, IDisposable
{
    public const int Contacts = 120;
    public const int Days = 60;

    private static readonly string[] Types = ["Login", "Login", "Order", "Workout", "Unwatched"];

    public static readonly IReadOnlyDictionary<string, string> Segments = new Dictionary<string, string>
    {
        ["active"] = """{"event":"Login","period":"last 10 days"}""",
        ["buyers"] = """{"event":"Order","period":"all time"}""",
        ["sleeping"] = """{"not":{"inSegment":"active"}}""",
        ["loyal"] = """{"inSegment":"active","for":"3 days"}""",
    };

    /// <summary>Prints itself with the failure; PROVE_SEED brings it back.</summary>
    public int Seed { get; } = int.TryParse(Environment.GetEnvironmentVariable("PROVE_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : Random.Shared.Next();

    public SegmentationService Service { get; } = new();

    public async Task InitializeAsync()
    {
        await Service.InitializeAsync();
        await Service.SwitchOnAsync([.. Types.Distinct()]);
        var random = new Random(Seed);
        var events = Enumerable.Range(0, Contacts).SelectMany(contact => Events(random, contact)).ToArray();
        await Service.ImportAsync(events);
        await Eventually.BecomesAsync(
            () => Service.Database.ScalarAsync<long>("select count(*) from public.mt_events where type = 'event_recorded'"),
            count => count == events.Length, "all events being in the streams");
        for (var i = 0; i < 6; i++)
            await MergeAsync($"person-{i}", $"person-{i + 1 + random.Next(Contacts - 20)}");
        (await Service.Api.DeleteAsync($"/api/contacts/{await IdAsync($"person-{Contacts - 1}")}")).StatusCode.Should().Be(HttpStatusCode.NoContent);
        foreach (var (key, condition) in Segments)
            await Service.CreateSegmentAsync(key, condition);
    }

    public Task DisposeAsync() => Service.DisposeAsync();

    public void Dispose() => Service.Dispose();

    /// <summary>A condition of any kind, and its zone.</summary>
    public static (string Condition, string Zone) Question(Random random)
    {
        string[] types = ["Login", "Order", "Workout", "Unwatched"];
        var (type, other) = (types[random.Next(4)], types[random.Next(4)]);
        var (few, days) = (1 + random.Next(4), 1 + random.Next(40));
        var condition = random.Next(16) switch
        {
            0 => $$"""{"event":"{{type}}","count":{"atLeast":{{few}} },"period":"last {{days}} days"}""",
            1 => $$"""{"not":{"event":["{{type}}","{{other}}"],"period":"last {{days}} calendar days"} }""",
            2 => $$"""{"event":"{{type}}","sum":"n","moreThan":{{few * 5}},"period":"this month"}""",
            3 => $$"""{"first":"{{type}}","period":"last {{days}} days","has":{"param":"kind","is":"a"} }""",
            4 => $$"""{"last":"{{type}}","period":"more than {{days}} days ago","notFollowedBy":{"event":"{{other}}"} }""",
            5 => $$"""{"streak":"Login","previous":{{few}},"complete":"days"}""",
            6 => $$"""{"sequence":[{"event":"{{type}}"},{"event":"{{other}}","within":"{{few}} days"}],"same":"kind","period":"last {{days}} days"}""",
            7 => $$"""{"event":"{{type}}","count":{"exactly":0},"period":"this week","contactOlderThan":"{{days}} days"}""",
            8 => $$"""{"contact":"firstSeen","during":"last {{days}} days"}""",
            9 => $$"""{"contact":"lastSeen","during":"more than {{few}} days ago"}""",
            10 => """{"all":[{"inSegment":"active"},{"not":{"inSegment":"buyers"}}]}""",
            11 => $$"""{"inSegment":"sleeping","for":"{{few}} days"}""",
            12 => """{"any":[{"inSegment":"loyal"},{"sample":"20%","salt":"s"}]}""",
            13 => """{"contact":"created","during":"last 1 hour"}""",
            14 => $$"""{"contact":"email","endsWith":"{{few}}@example.com"}""",
            _ => $$"""{"event":"{{type}}","distinct":"kind","atLeast":2,"period":"last {{few}} weeks"}""",
        };
        return (condition, random.Next(2) == 0 ? "UTC" : "America/New_York");
    }

    /// <summary>Who is a member at an instant by the plain reading of what lies in the tables, united by hand.</summary>
    public async Task<IReadOnlyList<string>> MembersAsync(string condition, string zone, DateTimeOffset at)
    {
        var definition = Parse(condition, zone);
        var definitions = Segments.ToDictionary(segment => segment.Key, segment => Parse(segment.Value, "UTC"));
        return [.. (await PersonsAsync()).Where(person => Reference.Holds(definition, person.Facts, person.Events, at, definitions)).Select(person => person.Facts.ContactId)];
    }

    public async Task<JsonElement> AskAsync(string path, object body)
    {
        var answer = await Service.Api.PostAsJsonAsync(path, body);
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.Should().Be(HttpStatusCode.OK, text);
        return JsonElement.Parse(text);
    }

    public async Task<string> IdAsync(string alias) => (await Service.CardAsync($"contactId:{alias}")).GetProperty("contactId").GetString()!;

    private static Definition Parse(string condition, string zone) => Definition.Parse(JsonElement.Parse(condition), zone).Definition!;

    private static IEnumerable<NormalizedEvent> Events(Random random, int contact)
    {
        // Some never do more than one thing, some come every few hours.
        var count = 1 + (random.Next(4) == 0 ? 0 : random.Next(40));
        for (var i = 0; i < count; i++)
        {
            // A few lie ahead.
            var occurred = DateTimeOffset.UtcNow.AddDays(1).AddMinutes(-random.Next(Days * 24 * 60));
            yield return Event(
                Types[random.Next(Types.Length)],
                new { ContactId = $"person-{contact}", Email = $"person-{contact}@example.com", n = random.Next(12), kind = random.Next(3) == 0 ? "a" : "b" },
                occurred, import: true);
        }
    }

    private async Task MergeAsync(string alias, string into)
    {
        var (id, other) = (await IdAsync(alias), await IdAsync(into));
        var answer = await Service.Api.PostAsJsonAsync($"/api/contacts/{id}/merge", new { into = other });
        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    private async Task<List<(ContactFacts Facts, ContactEvent[] Events)>> PersonsAsync()
    {
        await using var source = NpgsqlDataSource.Create(Service.Database.ConnectionString);
        var contacts = new Dictionary<long, (long? Into, DateTimeOffset Created, string[] Emails)>();
        await using (var command = source.CreateCommand("""
            select id, merged_into, (select e.timestamp from public.mt_events e where e.stream_id = c.id::text and e.version = 1),
                   array(select value from segmentation.identifiers i where i.contact_id = c.id and i.kind = 'email')
            from segmentation.contacts c where erased is null
            """))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                contacts.Add(reader.GetInt64(0), (reader.IsDBNull(1) ? null : reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetFieldValue<string[]>(3)));
        }

        var events = new List<(long Root, ContactEvent Event)>();
        await using (var command = source.CreateCommand("select stream_id, data from public.mt_events where type = 'event_recorded'"))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                var contact = long.Parse(reader.GetString(0), CultureInfo.InvariantCulture);
                var data = JsonElement.Parse(reader.GetString(1));
                if (contacts.ContainsKey(contact))
                    events.Add((Root(contact), new() { EventId = data.GetProperty("EventId").GetString()!, Type = data.GetProperty("EventType").GetString()!, OccurredAt = data.GetProperty("OccurredAt").GetDateTimeOffset(), Counts = data.GetProperty("Counts").GetBoolean(), Params = data.GetProperty("Params") }));
            }
        }

        var byRoot = events.ToLookup(e => e.Root, e => e.Event);
        return
        [
            .. contacts.Keys.GroupBy(Root).OrderBy(person => person.Key).Select(person => (
                new ContactFacts(person.Key.ToString(CultureInfo.InvariantCulture), person.Min(contact => contacts[contact].Created), "Event")
                {
                    Identifiers = [.. person.SelectMany(contact => contacts[contact].Emails).Select(email => KeyValuePair.Create("email", email))],
                },
                byRoot[person.Key].ToArray())),
        ];

        long Root(long contact) => contacts[contact].Into is { } into ? Root(into) : contact;
    }
}
