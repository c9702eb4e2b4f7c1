using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.IntegrationTests.Chaos.Load;

namespace EventSegmentation.IntegrationTests.Chaos;

/// <summary>Segments of every kind, most with time bounds so short that contacts leave and come back while the run goes on.</summary>
internal static class ChaosSegments
{
    /// <summary>The static one.</summary>
    public const string List = "guests";

    /// <summary>Nothing is bound to an instant that is farther away, but for whole days and what is longer.</summary>
    public static readonly TimeSpan LongestTimer = TimeSpan.FromSeconds(60);

    // An exclusive group, the highest first.
    private static readonly string[] Tiers = ["gold", "silver"];

    private static readonly Dictionary<string, string> Conditions = new()
    {
        ["active"] = """{"event":"AppLogin","count":{"atLeast":3},"period":"last 20 seconds"}""",
        ["gold"] = """{"event":"OrderPaid","sum":"totalCost","atLeast":120,"period":"last 40 seconds"}""",
        ["silver"] = """{"event":"OrderPaid","sum":"totalCost","atLeast":40,"period":"last 40 seconds"}""",
        ["good-average"] = """{"event":"OrderPaid","average":"totalCost","moreThan":42,"period":"all time"}""",
        ["brands"] = """{"event":"ProductViewed","distinct":"brand","atLeast":2,"period":"last 1 minute"}""",
        ["habit"] = """{"streak":["WorkoutStarted","AppLogin"],"previous":5,"complete":"days","inAtLeast":2}""",
        ["buyer"] = """{"sequence":[{"event":"CartUpdated"},{"event":"OrderPaid","within":"15 seconds"}],"same":"orderId","period":"last 40 seconds"}""",
        ["abandoned"] = """{"last":"CartUpdated","period":"last 1 day except last 8 seconds","notFollowedBy":{"event":"OrderPaid"}}""",
        ["quiet"] = """{"last":"AppLogin","period":"more than 15 seconds ago"}""",
        ["new"] = """{"first":"AppInstall","period":"last 30 seconds"}""",
        ["strong-today"] = """{"event":"WorkoutCompleted","where":{"param":"type","is":"Strength"},"period":"today"}""",
        ["this-week"] = """{"event":"WorkoutCompleted","count":{"atLeast":3},"period":"this week"}""",
        ["regular"] = """{"event":"AppLogin","count":{"between":[5,9]},"period":"last 30 calendar days"}""",
        ["known-by-mail"] = """{"contact":"email","contains":"7"}""",
        ["planned"] = """{"contact":"plan","startsWith":"plan-"}""",
        ["seen"] = """{"contact":"lastSeen","during":"last 10 seconds"}""",
        ["active-without-order"] = """{"all":[{"inSegment":"active"},{"not":{"event":"OrderPaid","period":"last 20 seconds"}}]}""",
        ["stays-active"] = """{"inSegment":"active","for":"5 seconds"}""",
        ["sample"] = """{"all":[{"sample":"30%","salt":"chaos"},{"event":["AppLogin","ProductViewed"],"period":"last 10 seconds"}]}""",
        ["guest-without-cart"] = """{"all":[{"inSegment":"guests"},{"not":{"event":"CartUpdated","period":"last 20 seconds"}}]}""",
    };

    /// <summary>Makes them and waits until they serve; all types are used as if they had been for long.</summary>
    public static async Task CreateAsync(Stage stage, HttpClient api)
    {
        foreach (var type in EventMaker.AllTypes)
            (await api.PutAsJsonAsync($"/api/event-types/{type}/segmentation", new { on = true })).EnsureSuccessStatusCode();
        await using (var longAgo = stage.Store.CreateCommand("update segmentation.event_type_intervals set starts = starts - interval '90 days'"))
            await longAgo.ExecuteNonQueryAsync();
        (await api.PostAsJsonAsync("/api/segments", new { key = List, name = List, kind = "static" })).EnsureSuccessStatusCode();
        foreach (var (key, condition) in Conditions)
            (await api.PostAsJsonAsync("/api/segments", new { key, name = key, condition = JsonElement.Parse(condition) })).EnsureSuccessStatusCode();
        (await api.PutAsJsonAsync("/api/segment-groups/tiers", new { segments = Tiers })).EnsureSuccessStatusCode();
        await using var building = stage.Store.CreateCommand("select not exists (select from segmentation.builds where state in ('waiting', 'running'))");
        await Deadline.UntilAsync("all segments serve", async () => (bool)(await building.ExecuteScalarAsync())!);
    }
}
