using System.Net;
using System.Net.Http.Json;
using EventSegmentation.IntegrationTests.Builds;
using EventSegmentation.IntegrationTests.Database;
using EventSegmentation.IntegrationTests.Replicas;
using Xunit.Abstractions;

namespace EventSegmentation.IntegrationTests.EndToEnd;

/// <summary>The back-up that docs/operations.md describes: pg_dump while everything runs, pg_restore into a new database.</summary>
public sealed class RestoreTests(ITestOutputHelper output)
{
    private const int BatchSize = 50;
    private const int Contacts = 60;
    private const int Early = 400;
    private const int Events = 1_200;

    private static readonly Dictionary<string, string> Segments = new()
    {
        ["twenty"] = """{"event":"WorkoutCompleted","count":{"atLeast":20},"period":"all time"}""",
        ["never-strong"] = """{"not":{"event":"WorkoutCompleted","where":{"param":"type","is":"Strength"},"period":"all time"}}""",
        ["of-late"] = """{"event":"WorkoutCompleted","period":"last 3 seconds"}""",
    };

    [Fact]
    public async Task A_database_that_was_dumped_while_events_came_in_goes_on_where_the_dump_was()
    {
        var dump = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.dump");
        await using var system = await TestSystem.StartAsync();
        await using var lost = system.Database;
        await using var restored = await TestDatabase.CreateAsync();
        try
        {
            await system.SwitchOnAsync("WorkoutCompleted");
            foreach (var (key, condition) in Segments)
                await system.CreateSegmentAsync(key, condition);
            await SendAsync(system, 0, Early);
            await system.SettleAsync(Early);

            var sending = SendAsync(system, Early, Events);
            await PostgresProgram.RunAsync("pg_dump", lost, "--format=custom", $"--file={dump}");
            await sending;
            await SettleAsync(system);
            var before = await MembersAsync(system);
            await PostgresProgram.RunAsync("pg_restore", restored, $"--dbname={Name(restored)}", "--no-owner", "--exit-on-error", dump);
            var held = await restored.ScalarAsync<long>("select count(*) from public.mt_events where type = 'event_recorded'");
            output.WriteLine($"the dump held {held} of {Events} events");
            held.Should().BeInRange(Early, Events);

            await system.MoveAsync(restored);
            await SendAsync(system, 0, Events); // by senders who send again all they have: some are in the dump, some are not
            await SettleAsync(system);

            (await MembersAsync(system)).Should().BeEquivalentTo(before);
            foreach (var (key, condition) in Segments)
                (await system.MembersAsync(key)).Should().BeEquivalentTo(await system.ReferenceMembersAsync(condition), $"of {key}");
            await LedgerSum.CheckAsync(restored.ScalarAsync<long>);
            await ReplicaChecks.LedgerIsWholeAsync(restored.ScalarAsync<bool>);

            await system.Segmentation.KillAsync();
            await ReplicaChecks.ReplaysAsync(restored);
        }
        finally
        {
            File.Delete(dump);
        }
    }

    // Contacts come into being in the early events, so that they have the same ids in both databases.
    private static async Task SendAsync(TestSystem system, int from, int to)
    {
        for (var sent = from; sent < to; sent += BatchSize)
        {
            var batch = new
            {
                events = Enumerable.Range(sent, BatchSize).Select(i => new
                {
                    eventTypeKey = "WorkoutCompleted",
                    eventId = $"restored-{i}",
                    @params = new { externalCustomerId = $"customer-{Customer(i)}", type = i % 90 == 0 ? "Strength" : "Cardio" },
                }).ToArray(),
            };
            using var answer = await system.Intake.PostAsJsonAsync("/api/v3/events", batch);
            answer.StatusCode.Should().Be(HttpStatusCode.Accepted);
        }
    }

    // Each once, then some much more often than others.
    private static int Customer(int i) => i < Contacts ? i : (int)(Contacts * Math.Pow(new Random(i).NextDouble(), 2));

    private static async Task SettleAsync(TestSystem system)
    {
        await system.SettleAsync(Events);
        await Eventually.BecomesAsync(
            () => system.Database.ScalarAsync<bool>("select not exists (select from segmentation.contact_states where due is not null)"), isDone => isDone, "all timers fired");
    }

    private static async Task<Dictionary<string, IReadOnlySet<string>>> MembersAsync(TestSystem system)
    {
        var members = new Dictionary<string, IReadOnlySet<string>>();
        foreach (var key in Segments.Keys)
            members.Add(key, await system.MembersAsync(key));
        return members;
    }

    private static string Name(TestDatabase database) => new Npgsql.NpgsqlConnectionStringBuilder(database.ConnectionString).Database!;
}
