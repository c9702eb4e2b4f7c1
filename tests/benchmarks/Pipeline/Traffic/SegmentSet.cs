using System.Text.Json.Nodes;

namespace EventSegmentation.Benchmarks.Pipeline.Traffic;

/// <summary>
/// Live segments of ten mixed kinds in turn. Those of one kind divide the branches among them, and a contact stays in its
/// branch: so a contact can be in one segment of each kind, and as many transitions come of the same events however many
/// segments there are. What grows with them is only what there is to decide.
/// </summary>
internal static class SegmentSet
{
    private const int KindCount = 10;

    public static string Key(int number) => $"segment-{number}";

    /// <summary>Defines them on an empty store, puts all event types into use since long ago, and returns when all serve.</summary>
    public static async Task DefineAsync(Stack stack, int count)
    {
        foreach (var type in EventTypes.All.Append(EventTypes.Daily))
            await stack.CallAsync(HttpMethod.Put, $"/api/event-types/{type}/segmentation", new { on = true });

        // So that late events count, as in an installation that has run for a while.
        await stack.ExecuteAsync("update segmentation.event_type_intervals set starts = starts - interval '90 days'");
        await stack.CallAsync(HttpMethod.Put, "/api/definitions", new { segments = Enumerable.Range(0, count).Select(number => Segment(number, count)) });
        await stack.BuiltAsync();
    }

    private static object Segment(int number, int count)
    {
        var (kind, part, parts) = (number % KindCount, number / KindCount, (count + KindCount - 1) / KindCount);
        var (from, to) = (part * EventStream.Branches / parts, ((part + 1) * EventStream.Branches / parts) - 1);
        var branch = $$"""{"param":"branch","between":[{{from}},{{to}}]}""";
        return new { key = Key(number), name = $"Segment {number}", condition = JsonNode.Parse(Condition(kind, branch, Key(number - kind))) };
    }

    private static string Condition(int kind, string branch, string first) => kind switch
    {
        0 => $$$"""{"event":["WorkoutStarted","ClassBooked"],"where":{{{branch}}}}""",
        1 => $$$"""{"event":"AppLogin","where":{{{branch}}},"count":{"atLeast":3},"period":"last 7 days"}""",
        2 => $$$"""{"event":"OrderPaid","where":{{{branch}}},"sum":"totalCost","atLeast":100,"period":"this month"}""",
        3 => $$$"""{"event":"ScreenViewed","where":{{{branch}}},"period":"last 10 minutes"}""",
        4 => $$$"""{"streak":["AppLogin","WorkoutStarted"],"where":{{{branch}}},"previous":14,"complete":"days","inAtLeast":1}""",
        5 => $$$"""{"all":[{"event":"CartUpdated","where":{{{branch}}},"period":"last 1 day"},{"not":{"event":"OrderPaid","period":"last 30 days"}}]}""",
        6 => $$$"""{"sequence":[{"event":"ProductViewed","where":{{{branch}}}},{"event":"CartUpdated","within":"1 hour"}],"period":"last 7 days"}""",
        7 => $$$"""{"last":"PushOpened","where":{{{branch}}},"period":"last 1 day","notFollowedBy":{"event":["OrderPaid","WorkoutStarted"]}}""",
        8 => $$$"""{"event":"WorkoutCompleted","where":{"all":[{{{branch}}},{"param":"calories","moreThan":500}]},"count":{"atLeast":2},"period":"this week"}""",
        _ => $$$"""{"all":[{"inSegment":"{{{first}}}"},{"event":["EmailOpened","MessageSent","GoalReached"],"where":{{{branch}}},"period":"last 30 days"}]}""",
    };
}
