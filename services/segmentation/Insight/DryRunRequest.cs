using System.Text.Json;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>What a dry run is asked for besides a definition.</summary>
internal static class DryRunRequest
{
    /// <summary>How many days are replayed if the caller does not say.</summary>
    public const int DefaultDays = 30;

    private static readonly string[] Members = ["condition", "timeZone", "segment", "version", "days"];

    /// <summary>How many days are to be replayed. What is wrong with the body is added to the errors.</summary>
    public static int ReadDays(JsonElement body, List<ProblemError> errors)
    {
        var days = DefaultDays;
        if (Draft.HasOnly(body, "dry run", Members, errors) && body.TryGetProperty("days", out var given) && given.ValueKind != JsonValueKind.Null
            && (given.ValueKind != JsonValueKind.Number || !given.TryGetInt32(out days) || days is < 1 or > DryRun.MaxDays))
            errors.Add(new("/days", $"days is a whole number from 1 to {DryRun.MaxDays}; {given.GetRawText()} came."));
        return days;
    }
}
