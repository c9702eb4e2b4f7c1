using System.Text.Json;
using EventSegmentation.Access;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>The calls about matching rules, and the one that matches unassigned events again.</summary>
internal static class MatchingRuleEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/matching-rule", (MatchingRuleStore rules, CancellationToken cancellationToken) =>
            GetAsync(MatchingRules.Installation, rules, cancellationToken)).Reads();
        routes.MapPut("/api/matching-rule", (HttpRequest request, MatchingRuleStore rules, TimeProvider time, CancellationToken cancellationToken) =>
            SetAsync(request, MatchingRules.Installation, rules, time, cancellationToken)).Accepts<MatchingRule>("application/json").Changes();
        routes.MapDelete("/api/matching-rule", (MatchingRuleStore rules, CancellationToken cancellationToken) =>
            RemoveAsync(MatchingRules.Installation, rules, cancellationToken)).Changes();

        routes.MapGet("/api/event-types/{key}/matching-rule", GetAsync).Reads();
        routes.MapPut("/api/event-types/{key}/matching-rule", SetAsync).Accepts<MatchingRule>("application/json").Changes();
        routes.MapDelete("/api/event-types/{key}/matching-rule", RemoveAsync).Changes();

        routes.MapPost("/api/events/rematch", RematchAsync).Changes();
    }

    private static async Task<IResult> GetAsync(string key, MatchingRuleStore rules, CancellationToken cancellationToken) =>
        await rules.FindAsync(key, cancellationToken) is { } rule
            ? Results.Json(rule, ApiJson.Answers.MatchingRule)
            : Problems.NotFound(
                (key == MatchingRules.Installation ? "The installation has no matching rule" : $"The event type '{key}' has no matching rule of its own")
                + "; PUT {\"on\": true, \"contactField\": \"email\", \"parameter\": \"email_client\"} to this address sets one.");

    private static async Task<IResult> SetAsync(
        HttpRequest request, string key, MatchingRuleStore rules, TimeProvider time, CancellationToken cancellationToken)
    {
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        if (key != MatchingRules.Installation && EventTypeKey.Error(key) is { } error)
            return Problems.Refused([new("key", error)]);
        var errors = new List<ProblemError>();
        if (new MatchingRuleReader("", errors).Read(body) is not { } rule)
            return Problems.Refused(errors);

        return await rules.SetAsync(key, rule, time.GetUtcNow().TruncateToMicroseconds(), cancellationToken) switch
        {
            RuleOutcome.UnknownField unknown => Problems.Refused([new("/contactField", UnknownField(rule, unknown))]),
            RuleOutcome.Shared shared => Problems.Conflict("The field does not tell contacts apart", Shared(rule, shared)),
            RuleOutcome.Set => Results.Json(rule, ApiJson.Answers.MatchingRule),
            var outcome => throw new InvalidOperationException($"Unknown outcome {outcome}."),
        };
    }

    /// <summary>Says that a field cannot identify, and which can.</summary>
    public static string UnknownField(MatchingRule rule, RuleOutcome.UnknownField unknown) =>
        $"'{rule.ContactField}' is no contact field that can identify. There are {string.Join(", ", IdentifierKind.BuiltIn)}, "
        + $"and the additional text and number fields {string.Join(", ", unknown.Known)}{(unknown.Known.Count < MatchingRuleStore.MaxNamed ? "" : ", …")}. "
        + "PUT /api/contact-fields/{name} adds one.";

    /// <summary>Says that a field does not tell contacts apart.</summary>
    public static string Shared(MatchingRule rule, RuleOutcome.Shared shared) =>
        $"Several contacts hold one value of '{rule.ContactField}', among them {string.Join(", ", shared.ContactIds)}. Merge or edit them first.";

    private static async Task<IResult> RemoveAsync(string key, MatchingRuleStore rules, CancellationToken cancellationToken)
    {
        await rules.RemoveAsync(key, cancellationToken);
        return Results.NoContent();
    }

    private static async Task<IResult> RematchAsync(HttpRequest request, Rematch rematch, CancellationToken cancellationToken)
    {
        var (_, after, problem) = PageRequest.ReadNumbered(request, start: 0);
        return problem ?? Results.Json(await rematch.RunAsync(after, cancellationToken), ApiJson.Answers.RematchAnswer);
    }
}
