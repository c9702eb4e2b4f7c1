using System.Text.Json;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>A version of a segment that a body names.</summary>
/// <param name="Version">Null for the one that serves, or the newest if none does.</param>
internal sealed record StoredVersion(string Key, int? Version)
{
    /// <summary>True if the body asks about what is stored.</summary>
    public static bool IsNamed(JsonElement body) => Has(body, "segment") || Has(body, "version");

    /// <summary>Reads <c>segment</c> and <c>version</c> of a body; null with an error added if they are wrong.</summary>
    public static StoredVersion? Read(JsonElement body, List<ProblemError> errors)
    {
        if (!Has(body, "segment"))
            errors.Add(new("/version", "version is that of a segment: name it, {\"segment\": \"KEY\", \"version\": 3}."));
        else if (Has(body, "condition") || Has(body, "timeZone"))
            errors.Add(new("/segment", "Ask about a condition, perhaps with a timeZone, or about a segment, perhaps with a version; not both."));
        else if (body.GetProperty("segment") is var segment && segment.ValueKind != JsonValueKind.String)
            errors.Add(new("/segment", $"segment is the key of a segment; a {segment.ValueKind} came."));
        else if (!Has(body, "version"))
            return new(segment.GetString()!, null);
        else if (body.GetProperty("version") is { ValueKind: JsonValueKind.Number } version && version.TryGetInt32(out var number) && number > 0)
            return new(segment.GetString()!, number);
        else
            errors.Add(new("/version", $"version is the number of one of the segment's versions, from 1; {body.GetProperty("version").GetRawText()} came."));
        return null;
    }

    private static bool Has(JsonElement body, string member) => body.TryGetProperty(member, out var given) && given.ValueKind != JsonValueKind.Null;
}
