using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.Contracts;
using static EventSegmentation.IntegrationTests.Segmentation.SegmentationService;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>The condition language through the service: what a contact is, other segments, and what only the clock does.</summary>
public sealed class LanguageTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    [Fact]
    public async Task An_identifier_that_is_linked_later_lets_a_contact_enter_with_the_cause_contact()
    {
        await service.SwitchOnAsync("Visit");
        await service.CreateSegmentAsync("reachable", """{"contact":"email","endsWith":"@reachable.example"}""");
        await service.SendAsync(Event("Visit", new { ContactId = "by-and-by" }));
        var id = (await service.CardAsync("contactId:by-and-by")).GetProperty("contactId").GetString();

        await service.SendAsync(Event("Visit", new { ContactId = "by-and-by", Email = "Ada@Reachable.example" }));

        var entered = await service.Transitions.NextAsync(received => received.Transition.SegmentKey == "reachable", "the entry");
        entered.Transition.ContactId.Should().Be(id);
        entered.Transition.Cause.Should().Be(TransitionCause.Contact);
    }

    [Fact]
    public async Task A_segment_follows_another_one_and_how_long_a_contact_is_in_it()
    {
        await service.SwitchOnAsync("Joined");
        await service.CreateSegmentAsync("joined", """{"event":"Joined","period":"last 6 seconds"}""");
        await service.CreateSegmentAsync("joined-a-while", """{"inSegment":"joined","for":"3 seconds"}""");
        var joined = Event("Joined", new { ContactId = "stays" });

        await service.SendAsync(joined);

        var entered = await service.Transitions.NextAsync(received => received.Transition is { SegmentKey: "joined", Kind: TransitionKind.Entered }, "the first entry");
        var stayed = await service.Transitions.NextAsync(received => received.Transition is { SegmentKey: "joined-a-while", Kind: TransitionKind.Entered }, "the second entry");
        stayed.Transition.Cause.Should().Be(TransitionCause.Clock);
        var left = await service.Transitions.NextAsync(received => received.Transition is { SegmentKey: "joined-a-while", Kind: TransitionKind.Exited }, "the exit of both");
        left.Transition.At.Should().BeAfter(stayed.Transition.At);
        service.Transitions.All.Single(received => received.Transition is { SegmentKey: "joined", Kind: TransitionKind.Exited }).Transition.At
            .Should().Be(left.Transition.At, "both leave at the same instant");
        entered.Transition.Number.Should().Be(1);
    }

    [Fact]
    public async Task A_segment_that_others_refer_to_stays_and_circles_and_slips_are_refused()
    {
        await service.CreateSegmentAsync("base", """{"event":"Anything","period":"all time"}""");
        await service.CreateSegmentAsync("on-top", """{"inSegment":"base"}""");

        var deletion = await service.Api.DeleteAsync("/api/segments/base");
        deletion.StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await DetailAsync(deletion)).Should().Contain("on-top");

        (await DetailAsync(await CreateAsync("slip", """{"inSegment":"on-topp"}"""))).Should().Contain("did you mean 'on-top'?");
        (await DetailAsync(await CreateAsync("itself", """{"inSegment":"itself"}"""))).Should().Contain("itself → itself");
    }

    [Fact]
    public async Task Warnings_name_types_that_hardly_do_what_is_meant()
    {
        await service.SwitchOnAsync("WorkoutStarted");
        await service.SendAsync(Event("NotUsed", new { ContactId = "nobody" }));
        await Eventually.BecomesAsync(() => service.Api.GetAsync("/api/event-types/NotUsed"), answer => answer.IsSuccessStatusCode, "the type being registered");

        var slip = await (await CreateAsync("slip-of-type", """{"event":"WorkoutStartd"}""")).Content.ReadFromJsonAsync<JsonElement>();
        var off = await (await CreateAsync("off-type", """{"event":"NotUsed"}""")).Content.ReadFromJsonAsync<JsonElement>();

        Warnings(slip).Should().Contain(warning => warning.Contains("did you mean 'WorkoutStarted'?"));
        Warnings(off).Should().Contain(warning => warning.Contains("not used for segmentation"));
    }

    [Fact]
    public async Task Every_kind_of_condition_is_built_and_agrees_with_what_was_sent()
    {
        await service.SwitchOnAsync("Kind", "Other");
        var start = DateTimeOffset.UtcNow;
        await service.SendAsync(
            Event("Kind", new { ContactId = "every", price = 60.5, order = "o-1", tags = new List<string> { "a", "b" } }, start.AddMinutes(-5), import: true),
            Event("Other", new { ContactId = "every", order = "o-1" }, start.AddMinutes(-4), import: true),
            Event("Kind", new { ContactId = "every", price = 39.5 }, start.AddDays(-1), import: true),
            Event("Kind", new { ContactId = "every" }, start.AddDays(-2), import: true));
        await service.CardAsync("contactId:every");
        var conditions = new Dictionary<string, (string Condition, bool Holds)>
        {
            ["sum"] = ("""{"event":"Kind","sum":"price","atLeast":100,"period":"last 3 days"}""", true),
            ["sum-more"] = ("""{"event":"Kind","sum":"price","moreThan":100,"period":"last 3 days"}""", false),
            ["first"] = ("""{"first":"Kind","period":"last 3 days"}""", true),
            ["last"] = ("""{"last":"Kind","period":"last 10 minutes","has":{"param":"tags","allOf":["a","b"]},"notFollowedBy":{"event":"Other"}}""", false),
            ["streak"] = ("""{"streak":"Kind","previous":2,"complete":"days"}""", true),
            ["streak-3"] = ("""{"streak":"Kind","previous":3,"complete":"days"}""", false),
            ["sequence"] = ("""{"sequence":[{"event":"Kind"},{"event":"Other","within":"2 minutes"}],"same":"order","period":"last 7 days"}""", true),
            ["zone-days"] = ("""{"event":"Kind","period":"last 400 calendar days"}""", true),
            ["created"] = ("""{"contact":"created","during":"last 1 hour"}""", true),
            ["sample"] = ("""{"sample":"100%","salt":"s"}""", true),
        };
        foreach (var (key, (condition, _)) in conditions)
            await service.CreateSegmentAsync($"every-{key}", condition);

        var id = (await service.CardAsync("contactId:every")).GetProperty("contactId").GetString()!;
        foreach (var (key, (condition, holds)) in conditions)
            (await service.MembersAsync($"every-{key}")).Contains(id).Should().Be(holds, condition);
    }

    [Fact]
    public async Task The_schema_of_definitions_is_served() =>
        (await service.GetAsync("/api/segments/schema")).GetProperty("$defs").TryGetProperty("streak", out _).Should().BeTrue();

    private Task<HttpResponseMessage> CreateAsync(string key, string condition) =>
        service.Api.PostAsJsonAsync("/api/segments", new { key, name = key, condition = JsonDocument.Parse(condition).RootElement });

    private static async Task<string?> DetailAsync(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString();

    private static IEnumerable<string> Warnings(JsonElement segment) =>
        segment.GetProperty("warnings").EnumerateArray().Select(warning => warning.GetString()!);
}
