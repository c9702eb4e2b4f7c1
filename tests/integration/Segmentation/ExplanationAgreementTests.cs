using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Evaluation;
using Xunit.Abstractions;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>Holds the explanations that the service gives against the plain reading of what was sent.</summary>
public sealed class ExplanationAgreementTests(SegmentationService service, ITestOutputHelper output) : IClassFixture<SegmentationService>
{
    private const int Contacts = 40;
    private const int Questions = 1_000;
    private static readonly TimeSpan Past = TimeSpan.FromDays(60);

    private static readonly (string Key, string Condition)[] Segments =
    [
        ("spender", """{"event":"Bought","sum":"n","atLeast":5,"period":"last 30 days"}"""),
        ("recent", """{"event":"Came","period":"last 7 days"}"""),
        ("regular", """{"streak":"Came","previous":7,"complete":"days","inAtLeast":2}"""),
        ("lost", """{"last":"Came","period":"more than 10 days ago","notFollowedBy":{"event":"Bought"}}"""),
        ("steady", """{"all":[{"inSegment":"recent","for":"2 days"},{"not":{"inSegment":"spender"}}]}"""),
    ];

    // The first of them that holds has the contact.
    private static readonly string[] Group = ["spender", "recent", "lost"];

    [Fact]
    public async Task A_thousand_explanations_at_random_instants_agree_with_the_reference()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await service.SwitchOnAsync("Came", "Bought");
        foreach (var (key, condition) in Segments)
            await service.CreateSegmentAsync(key, condition);
        await GroupAsync();
        var now = DateTimeOffset.UtcNow;
        var sent = Enumerable.Range(0, Contacts).ToDictionary(i => $"who-{i}", _ => new List<NormalizedEvent>());
        foreach (var (who, events) in sent)
            for (var i = random.Next(1, 20); i > 0; i--)
                events.Add(SegmentationService.Event(
                    random.Next(3) == 0 ? "Bought" : "Came", new { ContactId = who, n = random.Next(4) }, now - (Past * random.NextDouble()), import: true));
        await service.ImportAsync(sent.Values.SelectMany(events => events));
        await Eventually.BecomesAsync(
            () => service.Database.ScalarAsync<long>("select count(*) from public.mt_events where type = 'event_recorded'"),
            count => count == sent.Values.Sum(events => events.Count), "all events being recorded");

        var definitions = Effective();
        var known = new List<(ContactFacts Facts, List<ContactEvent> Events)>();
        foreach (var (who, events) in sent)
        {
            var card = await service.CardAsync($"contactId:{who}");
            known.Add((
                new(card.GetProperty("contactId").GetString()!, card.GetProperty("created").GetDateTimeOffset(), "Event"),
                [.. events.Select(e => new ContactEvent { EventId = e.EventId, Type = e.EventType, OccurredAt = e.OccurredAt, Counts = true, Params = e.Params })]));
        }

        var held = 0;
        for (var i = 0; i < Questions; i++)
        {
            var (facts, events) = known[random.Next(known.Count)];
            var key = Segments[random.Next(Segments.Length)].Key;
            var at = DateTimeOffset.FromUnixTimeMilliseconds((now - (Past * random.NextDouble())).ToUnixTimeMilliseconds());
            var path = $"/api/contacts/{facts.ContactId}/segments/{key}/explain?at={at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)}";

            var explanation = await service.GetAsync(path);

            var expected = Reference.Holds(definitions[key], facts, events, at, definitions);
            explanation.GetProperty("holds").GetBoolean().Should().Be(expected, $"of {path}: {explanation.GetRawText()}");
            explanation.GetProperty("notes").GetArrayLength().Should().Be(1, "the segment was made after that instant");
            held += expected ? 1 : 0;
        }

        output.WriteLine($"{held} of {Questions} held");
        held.Should().BeInRange(50, Questions - 50, "the questions must be of both kinds");
    }

    [Fact]
    public async Task A_draft_is_explained_beside_the_version_that_serves()
    {
        await service.SwitchOnAsync("Drafted");
        await service.CreateSegmentAsync("drafted", """{"event":"Drafted","period":"all time"}""");
        (await service.Api.PutAsJsonAsync("/api/segments/drafted", new { name = "Drafted", draft = true, condition = JsonElement.Parse("""{"event":"Drafted","count":{"atLeast":2},"period":"all time"}""") }))
            .StatusCode.Should().Be(HttpStatusCode.OK);
        await service.SendAsync(SegmentationService.Event("Drafted", new { ContactId = "drafter" }));
        var id = (await service.CardAsync("contactId:drafter")).GetProperty("contactId").GetString();

        var live = await service.GetAsync($"/api/contacts/{id}/segments/drafted/explain");
        Answer(live).Should().Be((1, "live", true));
        live.GetProperty("notes").GetArrayLength().Should().Be(0);
        var draft = await service.GetAsync($"/api/contacts/{id}/segments/drafted/explain?version=2");
        Answer(draft).Should().Be((2, "draft", false));
        draft.GetProperty("notes")[0].GetString().Should().Contain("does not serve; it is draft");
        (await service.Api.GetAsync($"/api/contacts/{id}/segments/drafted/explain?version=3")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await service.Api.GetAsync($"/api/contacts/{id}/segments/drafted/explain?version=new")).StatusCode.Should().Be(HttpStatusCode.BadRequest);

        static (int, string?, bool) Answer(JsonElement of) => (of.GetProperty("version").GetInt32(), of.GetProperty("versionState").GetString(), of.GetProperty("holds").GetBoolean());
    }

    private async Task GroupAsync()
    {
        (await service.Api.PutAsJsonAsync("/api/segment-groups/life", new { segments = Group })).IsSuccessStatusCode.Should().BeTrue();
        await Eventually.BecomesAsync(() => service.GetAsync("/api/segments/lost"), segment => segment.GetProperty("group").GetString() == "life", "the group being live");
    }

    private static Dictionary<string, Definition> Effective()
    {
        var own = Segments.ToDictionary(segment => segment.Key, segment => Definition.Parse(JsonElement.Parse(segment.Condition), null).Definition!);
        return own.ToDictionary(
            segment => segment.Key,
            segment => segment.Value.Behind(Group.Contains(segment.Key) ? Group.TakeWhile(key => key != segment.Key).Select(key => (key, own[key])) : []));
    }
}
