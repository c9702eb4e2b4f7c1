using System.Text.Json;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>Reads a matching rule from JSON strictly; each error says where it is, what was found and what was expected.</summary>
/// <param name="at">The pointer of the rule in the whole; empty if it is the whole.</param>
/// <param name="errors">Takes what is wrong.</param>
internal sealed class MatchingRuleReader(string at, List<ProblemError> errors)
{
    private static readonly string[] Members = ["on", "contactField", "parameter"];

    /// <summary>The rule; null if anything in it is wrong.</summary>
    /// <param name="further">Members that may stand beside a rule's own.</param>
    public MatchingRule? Read(JsonElement body, params IReadOnlyList<string> further)
    {
        var before = errors.Count;
        if (body.ValueKind != JsonValueKind.Object)
        {
            Refuse("", $"A rule is an object such as {{\"on\": true, \"contactField\": \"email\", \"parameter\": \"email_client\"}}; {Kind(body)} came.");
            return null;
        }

        foreach (var member in body.EnumerateObject().Select(member => member.Name).Except([.. Members, .. further]))
            Refuse($"/{JsonPointer.Escape(member)}", $"A rule has on, contactField and parameter; '{member}' is none of them.");
        var on = Member(body, "on", "true or false", value => value.ValueKind is JsonValueKind.True or JsonValueKind.False);
        var field = Member(body, "contactField", "the name of a contact field", value => value.ValueKind == JsonValueKind.String);
        var parameter = Member(body, "parameter", "the name of an event parameter", value => value.ValueKind == JsonValueKind.String);
        if (parameter?.GetString() is { } name && NameError(name) is { } error)
            Refuse("/parameter", error);
        return errors.Count == before ? new(on!.Value.GetBoolean(), field!.Value.GetString()!, parameter!.Value.GetString()!) : null;
    }

    private JsonElement? Member(JsonElement body, string name, string expected, Func<JsonElement, bool> isExpected)
    {
        if (body.TryGetProperty(name, out var value) && isExpected(value))
            return value;
        Refuse($"/{name}", $"{name} is {expected}; {(value.ValueKind == JsonValueKind.Undefined ? "nothing" : Kind(value))} came.");
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

    private void Refuse(string pointer, string detail) => errors.Add(new(at + pointer, detail));
}
