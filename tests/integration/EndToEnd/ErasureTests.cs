using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.IntegrationTests.Segmentation;
using Npgsql;

namespace EventSegmentation.IntegrationTests.EndToEnd;

/// <summary>What is left of a person after an erasure: nothing, wherever one looks, and others keep what is theirs.</summary>
public sealed class ErasureTests
{
    // What would betray Ada, each as a part that no other text has; looked for ignoring case.
    private static readonly string[] Secrets =
        ["lovelace", "380501234567", "x-of-ada", "key-of-ada", "token-of-ada", "analyst", "2031-05-06T07:08", "of-ada-", "analytical", "booked-by-a"];

    private static readonly string[] Machines = ["Analytical Engine"];
    private static readonly string[] Phones = ["380501234567", "420222"];

    [Fact]
    public async Task After_an_erasure_a_search_of_database_and_logs_finds_nothing_of_the_person()
    {
        await using var system = await TestSystem.StartAsync();
        await using var probe = await TransitionProbe.SubscribeAsync(system.Broker);
        await PrepareAsync(system);
        await SendLivesAsync(system);
        var ada = await IdAsync(system, "email:ada.lovelace@example.com");
        var grace = await IdAsync(system, "contactId:grace");
        await PatchAsync(system, ada, new
        {
            fields = new { profession = "analyst", trialEnds = "2031-05-06T07:08:09Z", machines = Machines },
            identifiers = new object[] { new { kind = "externalId", value = "x-of-ada" }, new { kind = "email", value = "Countess@Lovelace.example" } },
        });
        Segments(await system.GetAsync($"/api/contacts/{ada}")).Should().BeEquivalentTo(["visitors", "professionals", "names", "addresses"]);
        (await SearchAsync(system)).Should().BeEquivalentTo(Secrets, "otherwise the search would prove nothing");
        var (graceBefore, graceEvents) = (await system.GetAsync($"/api/contacts/{grace}"), await system.GetAsync($"/api/contacts/{grace}/events"));

        (await system.Api.DeleteAsync($"/api/contacts/{ada}")).StatusCode.Should().Be(HttpStatusCode.NoContent);
        await SendAgainAsync(system);

        (await SearchAsync(system)).Should().BeEmpty();
        system.Segmentation.Log.Should().NotBeEmpty();
        Found(string.Join('\n', [.. system.Segmentation.Log, .. system.Ingestion.Log])).Should().BeEmpty("logs name nobody");

        await AdaIsGoneAsync(system, ada, probe);
        await OthersKeepTheirsAsync(system, grace, graceBefore, graceEvents);
        await TheAddressIsFreeAsync(system, ada);
    }

    private static async Task PrepareAsync(TestSystem system)
    {
        await system.SwitchOnAsync("Visit", "Booking");
        await system.CreateSegmentAsync("visitors", """{"event":"Visit","period":"all time"}""");
        await system.CreateSegmentAsync("professionals", """{"contact":"profession","exists":true}""");

        // What keeps values in states: kinds of values, parameters of an event, dates of fields, events ahead.
        await system.CreateSegmentAsync("names", """{"event":"Visit","distinct":"name","atLeast":1,"period":"all time"}""");
        await system.CreateSegmentAsync("addresses", """{"event":"Visit","distinct":"email","atLeast":1,"period":"all time"}""");
        await system.CreateSegmentAsync("last-name", """{"last":"Visit","has":{"param":"name","startsWith":"A"}}""");
        await system.CreateSegmentAsync("trials", """{"contact":"trialEnds","during":"in 3 to 5 days"}""");
        await system.CreateSegmentAsync("booked", """{"event":"Booking","period":"all time"}""");
    }

    private static async Task SendLivesAsync(TestSystem system)
    {
        object Ada(string id, string type, object parameters, DateTimeOffset? at = null) =>
            new { eventId = id, eventTypeKey = type, keyValue = $"visit-of-ada-{id}", occurredAt = at ?? DateTimeOffset.UtcNow, @params = parameters };
        object Grace(string id, object parameters) => new { eventId = id, eventTypeKey = "Visit", occurredAt = DateTimeOffset.UtcNow, @params = parameters };

        await SendAsync(system,
            Ada("of-ada-1", "Visit", new { Email = " Ada.Lovelace@Example.com ", Phone = 380501234567, name = "Augusta Ada Lovelace", ContactKey = "key-of-ada" }),
            Ada("of-ada-2", "Visit", new { UserEmail = "ADA.LOVELACE@EXAMPLE.COM", PushToken = "token-of-ada", name = "Lady Lovelace" }),
            Ada("of-ada-3", "Booking", new { Email = "ada.lovelace@example.com", machine = "booked-by-a" }, DateTimeOffset.UtcNow.AddDays(30)),
            Grace("grace-1", new { ContactId = "grace", Phone = "420111", name = "Grace", seats = 4 }),
            Grace("grace-2", new { ContactId = "grace", Email = "Ada.Lovelace@example.com", name = "Grace", seats = 5 }),
            Grace("grace-3", new { ContactId = "grace", Email = "ada.lovelace@Example.com", friend = new { phones = Phones } }),

            // Of a type that is not used, for people who are not known.
            new { eventId = "lost-1", eventTypeKey = "Hidden", keyValue = (string?)null, occurredAt = DateTimeOffset.UtcNow, @params = (object)new { Phone = "420999", invitedBy = "ada.lovelace@example.COM" } },
            new { eventId = "lost-2", eventTypeKey = "Hidden", keyValue = (string?)null, occurredAt = DateTimeOffset.UtcNow, @params = (object)new { Phone = "420888", invitedBy = "grace" } });
        await system.SettleAsync(6);
    }

    // An event that comes again after the erasure is not news; it comes together with one that shows that both were looked at.
    private static async Task SendAgainAsync(TestSystem system)
    {
        await SendAsync(system,
            new { eventId = "of-ada-1", eventTypeKey = "Visit", @params = (object)new { Email = "ada.lovelace@example.com" } },
            new { eventId = "lost-1", eventTypeKey = "Hidden", @params = (object)new { Phone = "420999", invitedBy = "ada.lovelace@example.COM" } },
            new { eventId = "witness", eventTypeKey = "Visit", @params = (object)new { ContactId = "witness" } });
        await IdAsync(system, "contactId:witness");
    }

    private static async Task AdaIsGoneAsync(TestSystem system, string ada, TransitionProbe probe)
    {
        foreach (var path in new[] { "", "/events", "/segments", "/export" })
        {
            var answer = await system.Api.GetAsync($"/api/contacts/{ada}{path}");
            answer.StatusCode.Should().Be(HttpStatusCode.Gone, path);
            var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
            problem.GetProperty("title").GetString().Should().Be("erased");
            problem.GetProperty("detail").GetString().Should().MatchRegex(@"erased at \d{4}-\d\d-\d\dT");
        }

        (await system.Api.DeleteAsync($"/api/contacts/{ada}")).StatusCode.Should().Be(HttpStatusCode.Gone);
        (await system.Api.PatchAsJsonAsync($"/api/contacts/{ada}", new { fields = new { profession = "poet" } })).StatusCode.Should().Be(HttpStatusCode.Gone);
        (await FindAsync(system, "email:ada.lovelace@example.com")).GetArrayLength().Should().Be(0);
        (await FindAsync(system, $"contactId:{ada}")).GetArrayLength().Should().Be(0);

        var bare = (await system.GetAsync($"/api/contacts/{ada}/transitions")).GetProperty("items").EnumerateArray().ToArray();
        bare.Should().OnlyContain(transition => transition.GetProperty("causeEventId").ValueKind == JsonValueKind.Null);
        bare.Where(transition => transition.GetProperty("kind").GetString() == TransitionKind.Exited)
            .Select(transition => (transition.GetProperty("segmentKey").GetString(), transition.GetProperty("cause").GetString()))
            .Should().BeEquivalentTo([("last-name", "event"), ("visitors", "erasure"), ("professionals", "erasure"), ("names", "erasure"), ("addresses", "erasure")]);
        var exited = await probe.NextAsync(received => received.Transition is { SegmentKey: "visitors", Kind: TransitionKind.Exited } && received.Transition.ContactId == ada, "the exit");
        (exited.Transition.Cause, exited.Transition.Identifiers.Count).Should().Be((TransitionCause.Erasure, 0));
    }

    private static async Task OthersKeepTheirsAsync(TestSystem system, string grace, JsonElement before, JsonElement eventsBefore)
    {
        var after = await system.GetAsync($"/api/contacts/{grace}");
        after.GetProperty("identifiers").GetRawText().Should().Be(before.GetProperty("identifiers").GetRawText());
        Segments(before).Should().Contain("addresses");
        Segments(after).Should().BeEquivalentTo(Segments(before).Except(["addresses"]), "the only addresses in her events were not hers");
        before.GetProperty("conflicts").GetArrayLength().Should().BePositive();
        after.GetProperty("conflicts").GetArrayLength().Should().Be(0);

        var events = (await system.GetAsync($"/api/contacts/{grace}/events")).GetProperty("items").EnumerateArray().ToDictionary(e => e.GetProperty("eventId").GetString()!);
        events.Should().HaveCount(eventsBefore.GetProperty("items").GetArrayLength());
        events["grace-1"].GetProperty("params").GetRawText().Should().Be("""{"name":"Grace","phone":"420111","seats":4,"contactId":"grace"}""");
        events["grace-2"].GetProperty("params").GetProperty("email").ValueKind.Should().Be(JsonValueKind.Null);
        events["grace-2"].GetProperty("params").GetProperty("seats").GetInt32().Should().Be(5);
        events["grace-3"].GetProperty("params").GetProperty("friend").GetRawText().Should().Be("""{"phones":[null,"420222"]}""");

        (await system.Database.ScalarAsync<string>("select string_agg(event_id, ' ' order by event_id) from segmentation.unassigned_events")).Should().Be("lost-1 lost-2");
        (await system.Database.ScalarAsync<string>("select params::text from segmentation.unassigned_events where event_id = 'lost-1'"))
            .Should().Be("""{"phone": "420999", "invitedBy": null}""", "it is a stranger's");
        (await system.Database.ScalarAsync<string[]>("select samples from segmentation.event_type_parameters where key = 'Visit' and name = 'seats'")).Should().NotBeEmpty("what others' events show stays");
        (await system.Database.ScalarAsync<bool>("select bool_and(s.version = (select count(*) from public.mt_events e where e.stream_id = s.id)) from public.mt_streams s"))
            .Should().BeTrue("no stream has a gap");
    }

    private static async Task TheAddressIsFreeAsync(TestSystem system, string ada)
    {
        await SendAsync(system, new { eventId = "a-new-life", eventTypeKey = "Visit", @params = new { Email = "ada.lovelace@example.com", ContactId = ada } });

        var next = await IdAsync(system, "email:ada.lovelace@example.com");
        next.Should().NotBe(ada);
        (await FindAsync(system, $"contactId:{ada}"))[0].GetProperty("contactId").GetString().Should().Be(next, "the old id is no more than an alias");
    }

    /// <summary>Which of the secrets stand anywhere in the database: in any column of any table, and inside bytes.</summary>
    private static async Task<IReadOnlyList<string>> SearchAsync(TestSystem system)
    {
        await using var source = NpgsqlDataSource.Create(system.Database.ConnectionString);
        var dump = new StringBuilder();
        foreach (var table in await RowsAsync(source, """
            select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'm', 'p') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
            """))
        {
            foreach (var row in await RowsAsync(source, $"select row_to_json(t)::text from {table} t"))
                dump.AppendLine(row);
        }

        foreach (var column in await RowsAsync(source, """
            select format('select encode(%I, ''escape'') from %I.%I where %I is not null', a.attname, n.nspname, c.relname, a.attname)
            from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
            where a.atttypid = 'bytea'::regtype and c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
            """))
        {
            foreach (var bytes in await RowsAsync(source, column))
                dump.AppendLine(bytes);
        }

        return Found(dump.ToString());
    }

    private static string[] Found(string text) => [.. Secrets.Where(secret => text.Contains(secret, StringComparison.OrdinalIgnoreCase))];

    private static async Task<List<string>> RowsAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(reader.GetString(0));
        return rows;
    }

    private static async Task SendAsync(TestSystem system, params object[] events) =>
        (await system.Intake.PostAsJsonAsync("/api/v3/events", new { events })).StatusCode.Should().Be(HttpStatusCode.Accepted);

    private static async Task PatchAsync(TestSystem system, string id, object body)
    {
        var answer = await system.Api.PatchAsJsonAsync($"/api/contacts/{id}", body);
        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<JsonElement> FindAsync(TestSystem system, string identifier) =>
        (await system.GetAsync($"/api/contacts?identifier={Uri.EscapeDataString(identifier)}")).GetProperty("items");

    private static string[] Segments(JsonElement card) => [.. card.GetProperty("segments").EnumerateArray().Select(segment => segment.GetProperty("key").GetString()!)];

    private static async Task<string> IdAsync(TestSystem system, string identifier) =>
        (await Eventually.BecomesAsync(() => FindAsync(system, identifier), found => found.GetArrayLength() == 1, $"a contact with {identifier}"))[0]
            .GetProperty("contactId").GetString()!;
}
