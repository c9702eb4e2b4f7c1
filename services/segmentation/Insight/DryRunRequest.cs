using System.Text.Json;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>Asks for a dry run: of a condition and its zone, or of a segment as it is, over a number of days.</summary>
internal sealed record DryRunRequest(Draft Draft, int Days)
{
    /// <summary>How many days are replayed if the caller does not say.</summary>
    public const int DefaultDays = 30;

    private static readonly string[] Members = ["condition", "timeZone", "segment", "days"];

    public static (DryRunRequest? Request, IReadOnlyList<ProblemError> Errors) Parse(JsonElement body, IReadOnlyDictionary<string, Definition> segments)
    {
        var errors = new List<ProblemError>();
        if (!Draft.HasOnly(body, "dry run", Members, errors))
            return (null, errors);
        var days = DefaultDays;
        if (body.TryGetProperty("days", out var given) && given.ValueKind != JsonValueKind.Null
            && (given.ValueKind != JsonValueKind.Number || !given.TryGetInt32(out days) || days is < 1 or > DryRun.MaxDays))
            errors.Add(new("/days", $"days is a whole number from 1 to {DryRun.MaxDays}; {given.GetRawText()} came."));
        var draft = body.TryGetProperty("segment", out var segment) && segment.ValueKind != JsonValueKind.Null
            ? OfSegment(body, segment, segments, errors)
            : Draft.Read(body, segments, errors);
        return draft is null || errors.Count > 0 ? (null, errors) : (new(draft, days), []);
    }

    private static Draft? OfSegment(JsonElement body, JsonElement segment, IReadOnlyDictionary<string, Definition> segments, List<ProblemError> errors)
    {
        if (body.TryGetProperty("condition", out _) || body.TryGetProperty("timeZone", out _))
        {
            errors.Add(new("/segment", "A dry run has a condition, perhaps with a timeZone, or the key of a segment; not both."));
            return null;
        }

        if (segment.ValueKind == JsonValueKind.String && segments.TryGetValue(segment.GetString()!, out var definition))
            return new(definition, []);
        var hint = segment.ValueKind == JsonValueKind.String && Nearest.To(segment.GetString()!, segments.Keys) is { } near ? $"; did you mean '{near}'?" : ".";
        errors.Add(new("/segment", $"There is no live segment {segment.GetRawText()}{hint}"));
        return null;
    }
}
