using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>All definitions as one document, over HTTP. One test, because the document is the whole installation's.</summary>
public sealed class DefinitionsAsCodeTests(SegmentationService service) : IClassFixture<SegmentationService>
{
    private const string Document = """
        {
          "segments": [
            { "key": "payers", "name": "Payers", "tags": ["money"], "condition": { "event": "Paid", "period": "last 30 days" } },
            { "key": "guests", "name": "Guests", "kind": "static" },
            { "key": "paying-guests", "name": "Paying guests", "timeZone": "Europe/Berlin",
              "condition": { "all": [ { "inSegment": "payers" }, { "inSegment": "guests" } ] } }
          ],
          "groups": [ { "key": "stages", "segments": ["payers", "guests"] } ],
          "matchingRules": [ { "eventType": "Paid", "on": true, "contactField": "email", "parameter": "mail" } ]
        }
        """;

    [Fact]
    public async Task A_document_is_planned_applied_once_as_a_whole_and_given_back_the_same()
    {
        (await ExportAsync()).Should().Be("""{"segments":[],"groups":[],"matchingRules":[]}""");

        // The plan says what would be done, and does nothing.
        var plan = await JsonAsync(await service.SendAsync("POST", "/api/definitions/plan", Document));
        Said(plan).Should().Equal("create segment guests", "create segment payers", "create segment paying-guests", "create group stages", "create matchingRule Paid");
        plan.GetProperty("buildId").ValueKind.Should().Be(JsonValueKind.Null);
        (await ExportAsync()).Should().Be("""{"segments":[],"groups":[],"matchingRules":[]}""");

        // Applied, it is the same plan, and one build.
        var applied = await JsonAsync(await service.SendAsync("PUT", "/api/definitions", Document));
        Said(applied).Should().Equal(Said(plan));
        var build = applied.GetProperty("buildId").GetInt64();
        await Eventually.BecomesAsync(
            async () => (await service.GetAsync($"/api/builds/{build}")).GetProperty("state").GetString(), state => state == "done", "the build being done");
        foreach (var key in new[] { "guests", "payers", "paying-guests" })
            (await service.GetAsync($"/api/segments/{key}")).GetProperty("state").GetString().Should().Be("live");
        (await service.GetAsync("/api/builds")).GetProperty("items").GetArrayLength().Should().Be(1);

        // Twice is once, and the export is a document that changes nothing.
        Said(await JsonAsync(await service.SendAsync("PUT", "/api/definitions?prune=true", Document))).Should().BeEmpty();
        var export = await ExportAsync();
        Said(await JsonAsync(await service.SendAsync("PUT", "/api/definitions?prune=true", export))).Should().BeEmpty();
        (await ExportAsync()).Should().Be(export);
        (await service.GetAsync("/api/builds")).GetProperty("items").GetArrayLength().Should().Be(1);
        (await service.GetAsync("/api/segments/payers/versions")).GetProperty("items").GetArrayLength().Should().Be(1);

        // Wrong in one place is refused in all.
        var wrong = await service.SendAsync("PUT", "/api/definitions", """
            {"segments":[{"key":"payers","name":"Other","condition":{"event":"Paid"}},{"key":"new","name":"New","condition":{"inSegment":"payrs"}}],
             "matchingRules":[{"eventType":"Paid","on":false,"contactField":"email","parameter":"mail"}]}
            """);
        wrong.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
        var error = (await JsonAsync(wrong)).GetProperty("errors").EnumerateArray().Should().ContainSingle().Which;
        error.GetProperty("pointer").GetString().Should().Be("/segments/1/condition");
        error.GetProperty("detail").GetString().Should().Contain("did you mean 'payers'?");
        (await ExportAsync()).Should().Be(export);
        (await service.SendAsync("POST", "/api/definitions/plan", """{"matchingRules":[{"on":true,"contactField":"shoeSize","parameter":"p"}]}""")).StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);

        // What it does not have ends only if that is asked for, and only if nothing that stays needs it.
        const string fewer = """{"segments":[{"key":"payers","name":"Payers","tags":["money"],"condition":{"event":"Paid","period":"last 7 days"}}],"groups":[],"matchingRules":[]}""";
        var update = await JsonAsync(await service.SendAsync("POST", "/api/definitions/plan", fewer));
        Said(update).Should().Equal("update segment payers");
        update.GetProperty("changes")[0].GetProperty("differences")[0].GetString().Should().Contain("last 7 days").And.Contain("last 30 days");
        (await service.SendAsync("PUT", "/api/definitions?prune=true", """{"segments":[{"key":"paying-guests","name":"P","condition":{"inSegment":"payers"}}]}""")).StatusCode
            .Should().Be(HttpStatusCode.UnprocessableEntity, "what stays refers to what would end");
        Said(await JsonAsync(await service.SendAsync("PUT", "/api/definitions?prune=true&silent=true", fewer))).Should().Equal(
            "archive segment guests", "update segment payers", "archive segment paying-guests", "remove group stages", "remove matchingRule Paid");
        (await ExportAsync()).Should().Contain("last 7 days").And.NotContain("guests").And.NotContain("stages").And.EndWith("\"groups\":[],\"matchingRules\":[]}");

        // And comes again under its key.
        Said(await JsonAsync(await service.SendAsync("PUT", "/api/definitions", Document))).Should().Contain("create segment guests").And.Contain("create group stages");
        await Eventually.BecomesAsync(
            async () => (await service.GetAsync("/api/segments/guests")).GetProperty("state").GetString(), state => state == "live", "a revived segment being live");
        await Eventually.BecomesAsync(ExportAsync, document => document == export, "the export being as it was");
    }

    [Fact]
    public async Task A_document_may_be_larger_than_other_bodies_but_not_boundless()
    {
        var large = """{"segments":[{"key":"x","name":"","purpose":"<long>","condition":{"all":[]}}]}""".Replace("<long>", new string('p', 1_500_000));
        (await service.SendAsync("POST", "/api/definitions/plan", large)).StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity, "it was read");
        (await service.SendAsync("POST", "/api/segments", large)).StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);

        using var reader = service.Reader();
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        (await reader.PutAsync("/api/definitions", content)).StatusCode.Should().Be(HttpStatusCode.Forbidden);
        (await reader.GetAsync("/api/definitions")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private Task<string> ExportAsync() => service.Api.GetStringAsync("/api/definitions");

    private static List<string> Said(JsonElement answer) => answer.GetProperty("changes").EnumerateArray().Select(change =>
        $"{change.GetProperty("action").GetString()} {change.GetProperty("what").GetString()} {change.GetProperty("key").GetString()}").ToList();

    private static Task<JsonElement> JsonAsync(HttpResponseMessage answer) => answer.Content.ReadFromJsonAsync<JsonElement>();
}
