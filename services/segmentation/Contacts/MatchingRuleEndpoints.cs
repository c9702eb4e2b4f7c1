using System.Text.Json;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>The calls about matching rules, and the one that matches unassigned events again.</summary>
internal static class MatchingRuleEndpoints
{
    private static readonly string[] Members = ["on", "contactField", "parameter"];

    public static void Map(IEndpointRouteBuilder routes, ApiKeys keys)
    {
        routes.MapGet("/api/matching-rule", (MatchingRuleStore rules, CancellationToken cancellationToken) =>
            GetAsync(MatchingRules.Installation, rules, cancellationToken)).Reads(keys);
        routes.MapPut("/api/matching-rule", (HttpRequest request, MatchingRuleStore rules, TimeProvider time, CancellationToken cancellationToken) =>
            SetAsync(request, MatchingRules.Installation, rules, time, cancellationToken)).Accepts<MatchingRule>("application/json").Changes(keys);
        routes.MapDelete("/api/matching-rule", (MatchingRuleStore rules, CancellationToken cancellationToken) =>
            RemoveAsync(MatchingRules.Installation, rules, cancellationToken)).Changes(keys);

        routes.MapGet("/api/event-types/{key}/matching-rule", GetAsync).Reads(keys);
        routes.MapPut("/api/event-types/{key}/matching-rule", SetAsync).Accepts<MatchingRule>("application/json").Changes(keys);
        routes.MapDelete("/api/event-types/{key}/matching-rule", RemoveAsync).Changes(keys);

        routes.MapPost("/api/events/rematch", RematchAsync).Changes(keys);
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
        var (rule, errors) = Read(body);
        if (rule is null)
            return Problems.Refused(errors);

        return await rules.SetAsync(key, rule, time.GetUtcNow().TruncateToMicroseconds(), cancellationToken) switch
        {
            RuleOutcome.UnknownField unknown => Problems.Refused([new("/contactField",
                $"'{rule.ContactField}' is no contact field that can identify. There are {string.Join(", ", IdentifierKind.BuiltIn)}, "
                + $"and the additional text and number fields {string.Join(", ", unknown.Known)}{(unknown.Known.Count < MatchingRuleStore.MaxNamed ? "" : ", …")}. "
                + "PUT /api/contact-fields/{name} adds one.")]),
            RuleOutcome.Shared shared => Problems.Conflict(
                "The field does not tell contacts apart",
                $"Several contacts hold one value of '{rule.ContactField}', among them {string.Join(", ", shared.ContactIds)}. Merge or edit them first."),
            RuleOutcome.Set => Results.Json(rule, ApiJson.Answers.MatchingRule),
            var outcome => throw new InvalidOperationException($"Unknown outcome {outcome}."),
        };
    }

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

    private static (MatchingRule? Rule, IReadOnlyList<ProblemError> Errors) Read(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            return (null, [new("", $"The body is an object such as {{\"on\": true, \"contactField\": \"email\", \"parameter\": \"email_client\"}}; {Kind(body)} came.")]);

        var errors = new List<ProblemError>();
        foreach (var member in body.EnumerateObject().Where(member => !Members.Contains(member.Name)))
            errors.Add(new($"/{member.Name}", $"A rule has on, contactField and parameter; '{member.Name}' is none of them."));
        var on = Member(body, "on", errors, "true or false", value => value.ValueKind is JsonValueKind.True or JsonValueKind.False);
        var field = Member(body, "contactField", errors, "the name of a contact field", value => value.ValueKind == JsonValueKind.String);
        var parameter = Member(body, "parameter", errors, "the name of an event parameter", value => value.ValueKind == JsonValueKind.String);
        if (parameter?.GetString() is { } name && NameError(name) is { } error)
            errors.Add(new("/parameter", error));
        return errors.Count == 0 ? (new(on!.Value.GetBoolean(), field!.Value.GetString()!, parameter!.Value.GetString()!), []) : (null, errors);
    }

    private static JsonElement? Member(JsonElement body, string name, List<ProblemError> errors, string expected, Func<JsonElement, bool> isExpected)
    {
        if (body.TryGetProperty(name, out var value) && isExpected(value))
            return value;
        errors.Add(new($"/{name}", $"{name} is {expected}; {(value.ValueKind == JsonValueKind.Undefined ? "nothing" : Kind(value))} came."));
        return null;
    }

    private static string? NameError(string name)
    {
        var length = name.EnumerateRunes().Count();
        if (length is 0 or > MatchingRule.MaxParameterLength)
            return $"A parameter's name has 1 to {MatchingRule.MaxParameterLength} characters; this one has {length}.";
        if (string.IsNullOrWhiteSpace(name))
            return "A parameter's name is not blank; this one is.";
        return name.Any(char.IsControl) ? "A parameter's name has no control characters; this one has." : null;
    }

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "a truth value",
        JsonValueKind.Null => "null",
        JsonValueKind.Number => "a number",
        JsonValueKind.String => "a text",
        JsonValueKind.Array => "an array",
        _ => "an object",
    };
}
