using System.Text.Json;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>A definition that somebody asks about, mostly before it is a segment that serves.</summary>
/// <param name="Version">The number of the version that has it; null if it is not stored.</param>
internal sealed record Draft(Definition Definition, IReadOnlyList<string> Warnings, int? Version = null)
{
    /// <summary>Reads <c>condition</c> and <c>timeZone</c> of a body, and checks them among the segments that serve. Null with an error added if they are wrong.</summary>
    /// <param name="segments">The definitions of the live segments by key.</param>
    public static Draft? Read(JsonElement body, IReadOnlyDictionary<string, Definition> segments, List<ProblemError> errors)
    {
        string? timeZone = null;
        if (body.TryGetProperty("timeZone", out var zone) && zone.ValueKind != JsonValueKind.Null)
        {
            if (zone.ValueKind != JsonValueKind.String)
            {
                errors.Add(new("/timeZone", $"timeZone is an IANA zone name such as 'Europe/Berlin'; a {zone.ValueKind} came."));
                return null;
            }

            timeZone = zone.GetString();
        }

        if (!body.TryGetProperty("condition", out var condition))
        {
            errors.Add(new("/condition", "A condition is needed; {\"all\": []} is everyone."));
            return null;
        }

        var parsed = Definition.Parse(condition, timeZone);
        errors.AddRange(parsed.Errors.Select(error => new ProblemError(error.Pointer == "/timeZone" ? error.Pointer : $"/condition{error.Pointer}", error.Detail)));
        if (parsed.Definition is not { } definition)
            return null;
        foreach (var unknown in definition.Segments.Where(key => !segments.ContainsKey(key)).Order(StringComparer.Ordinal))
            errors.Add(new("/condition", $"There is no live segment '{unknown}'{(Nearest.To(unknown, segments.Keys) is { } near ? $"; did you mean '{near}'?" : ".")}"));
        return errors.Count > 0 ? null : new(definition, parsed.Warnings);
    }

    /// <summary>Adds an error for the body itself, or for each member that it may not have. False if it is no object.</summary>
    public static bool HasOnly(JsonElement body, string what, string[] members, List<ProblemError> errors)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new("", $"A {what} is a JSON object with {string.Join(", ", members)}."));
            return false;
        }

        foreach (var member in body.EnumerateObject().Where(member => !members.Contains(member.Name)))
            errors.Add(new($"/{JsonPointer.Escape(member.Name)}", $"A {what} has no '{member.Name}'; it has {string.Join(", ", members)}."));
        return true;
    }
}
