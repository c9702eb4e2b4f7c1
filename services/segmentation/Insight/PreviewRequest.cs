using System.Text.Json;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>What a preview is asked for besides a definition.</summary>
internal static class PreviewRequest
{
    private static readonly string[] Members = ["condition", "timeZone", "segment", "version", "at"];

    /// <summary>The instant, which is not in the future; now if the body has none. What is wrong with the body is added to the errors.</summary>
    public static DateTimeOffset ReadInstant(JsonElement body, DateTimeOffset now, List<ProblemError> errors)
    {
        var at = now;
        if (!Draft.HasOnly(body, "preview", Members, errors) || !body.TryGetProperty("at", out var given) || given.ValueKind == JsonValueKind.Null)
            return at;
        if (given.ValueKind != JsonValueKind.String || !QueryInstant.TryRead(given.GetString()!, out at))
            errors.Add(new("/at", "at is an instant such as 2026-05-01T12:30:00Z, now or in the past."));
        else if (at > now)
            errors.Add(new("/at", $"at lies in the future; it is {now:O} now."));
        return at;
    }
}
