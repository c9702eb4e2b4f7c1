using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.Fuzzing;
using EventSegmentation.IntegrationTests.EndToEnd;
using EventSegmentation.IntegrationTests.Security;
using Xunit.Abstractions;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>Calls that nobody means to make, to segmentation as its users run it, by an administrator.</summary>
public sealed class SegmentationFuzzTests(ITestOutputHelper output)
{
    private const int People = 120;

    [Fact]
    public void Every_call_is_fuzzed() => CallSample.All.Select(sample => sample.Call)
        .Should().BeEquivalentTo(CallRow.All().Where(row => row.Service == "segmentation").Select(row => row.Call));

    [Fact]
    public async Task Every_call_is_answered_and_nothing_is_left_that_does_not_work()
    {
        await using var system = await TestSystem.StartAsync(new Dictionary<string, string> { ["Segmentation__CallsPerSecond"] = "1000000" });
        await PopulateAsync(system);
        var (run, tally) = (new FuzzRun(FuzzDoor.Segmentation), new Tally(FuzzDoor.Segmentation));

        await FuzzWorkers.RunAsync(run, FuzzWorkers.Few, () => new FuzzConnection(system.Segmentation.Address), async (connection, number) =>
        {
            var request = SegmentationRequests.Make(run.Random(number), number);
            try
            {
                tally.Count(AnswerLaw.Check(request, await connection.SendAsync(request)));
            }
            catch (Exception broken)
            {
                run.Broken(number, request, broken);
            }
        });

        tally.Print(output);
        run.Finish();
        await SettlesAsync(system);
        await ShowsWhatItTakesAsync(system);
        await system.CheckHealthAsync();
    }

    private static async Task PopulateAsync(TestSystem system)
    {
        await system.SwitchOnAsync("OrderPaid", "AppLogin");
        await system.CreateSegmentAsync("k1", """{"event":"OrderPaid","period":"last 30 days"}""");
        await system.CreateSegmentAsync("k4", """{"contact":"email","exists":true}""");
        (await system.Api.PostAsJsonAsync("/api/segments", new { key = "k2", name = "Two", kind = "static" })).StatusCode.Should().Be(HttpStatusCode.Created);
        var events = Enumerable.Range(0, People).Select(i => new { eventTypeKey = i % 2 == 0 ? "OrderPaid" : "AppLogin", eventId = $"e{i}", @params = new { Email = $"ada{i}@example.com", totalCost = i, plan = "free" } });
        await Eventually.BecomesAsync(
            async () => (await system.Intake.PostAsJsonAsync("/api/v3/events", new { events })).StatusCode, status => status == HttpStatusCode.Accepted, "the events being accepted");
        await system.SettleAsync(People);
    }

    /// <summary>What was changed is projected and built to its end, also if it was nonsense.</summary>
    private static async Task SettlesAsync(TestSystem system)
    {
        await Eventually.BecomesAsync(
            () => system.Database.ScalarAsync<bool>("select (select min(position) from segmentation.checkpoints where name = 'projector') >= (select coalesce(max(seq_id), 0) from public.mt_events)"),
            isSettled => isSettled, "everything projected", TimeSpan.FromMinutes(3));
        await Eventually.BecomesAsync(
            async () => (await system.GetAsync("/api/builds?limit=1000")).GetProperty("items").EnumerateArray().Count(build => build.GetProperty("state").GetString() is "waiting" or "running" or "building"),
            open => open == 0, "all builds having ended", TimeSpan.FromMinutes(3));
    }

    /// <summary>What the service shows of the definitions is what it takes, and means the same.</summary>
    private static async Task ShowsWhatItTakesAsync(TestSystem system)
    {
        var document = await system.GetAsync("/api/definitions");
        var plan = await system.Api.PostAsJsonAsync("/api/definitions/plan", document);
        plan.StatusCode.Should().Be(HttpStatusCode.OK, await plan.Content.ReadAsStringAsync());
        (await plan.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("changes").EnumerateArray().Should().BeEmpty();
    }
}
