using System.Text.Json;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Segments;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>Finds the definition that a body asks about: one that it has, or a version that is stored, and what serves beside it.</summary>
internal sealed class DraftSource(ServingDefinitions serving, ExplanationStore versions, EventTypeSwitchStore types)
{
    /// <summary>The definition, with the definitions of the live segments by key; null with errors added if there is none.</summary>
    public async Task<(Draft? Draft, IReadOnlyDictionary<string, Definition> Segments)> FindAsync(
        JsonElement body, List<ProblemError> errors, CancellationToken cancellationToken)
    {
        var (draft, segments) = body.ValueKind == JsonValueKind.Object && StoredVersion.IsNamed(body)
            ? await StoredAsync(body, errors, cancellationToken)
            : await WrittenAsync(body, errors, cancellationToken);
        if (draft is not null && SuspendedReference.Find(draft.Definition, segments) is { } suspended)
        {
            errors.Add(new(draft.Version is null ? "/condition" : "/segment", SuspendedReference.Detail(suspended)));
            return (null, segments);
        }

        return draft is null
            ? (null, segments)
            : (draft with { Warnings = [.. draft.Warnings, .. EventTypeWarnings.Of(draft.Definition, await types.KnownAsync(cancellationToken))] }, segments);
    }

    private async Task<(Draft? Draft, IReadOnlyDictionary<string, Definition> Segments)> WrittenAsync(
        JsonElement body, List<ProblemError> errors, CancellationToken cancellationToken)
    {
        var segments = await serving.ReadAsync(cancellationToken);
        return (body.ValueKind == JsonValueKind.Object ? Draft.Read(body, segments, errors) : null, segments);
    }

    private async Task<(Draft? Draft, IReadOnlyDictionary<string, Definition> Segments)> StoredAsync(
        JsonElement body, List<ProblemError> errors, CancellationToken cancellationToken)
    {
        var none = new Dictionary<string, Definition>();
        if (StoredVersion.Read(body, errors) is not { } wanted)
            return (null, none);
        if (await versions.FindAsync(wanted.Key, wanted.Version, cancellationToken) is not { } found)
        {
            errors.Add(await UnknownAsync(wanted, cancellationToken));
            return (null, none);
        }

        // A draft may refer to what does not serve yet.
        var missing = found.Definition.Segments.Where(key => !found.Segments.ContainsKey(key)).Order(StringComparer.Ordinal).ToList();
        errors.AddRange(missing.Select(key => new ProblemError("/segment", $"Version {found.Version} of '{wanted.Key}' refers to the segment '{key}', which does not serve.")));
        return missing.Count > 0 ? (null, none) : (new(found.Definition, [], found.Version), found.Segments);
    }

    private async Task<ProblemError> UnknownAsync(StoredVersion wanted, CancellationToken cancellationToken)
    {
        if (wanted.Version is { } version && await versions.FindAsync(wanted.Key, version: null, cancellationToken) is not null)
            return new("/version", $"There is no version {version} of the segment '{wanted.Key}'. GET /api/segments/{wanted.Key}/versions lists them.");
        var near = Nearest.To(wanted.Key, (await serving.ReadAsync(cancellationToken)).Keys);
        return new("/segment", $"There is no segment '{wanted.Key}'{(near is null ? "." : $"; did you mean '{near}'?")}");
    }
}
