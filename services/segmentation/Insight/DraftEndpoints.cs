using System.Text.Json;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Segments;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>The calls that say what a definition would do.</summary>
internal static class DraftEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, ApiKeys keys)
    {
        routes.MapPost("/api/segments/preview", PreviewAsync).Accepts<JsonElement>("application/json").Produces<PreviewView>().Reads(keys);
        routes.MapPost("/api/segments/dry-run", DryRunAsync).Accepts<JsonElement>("application/json").Produces<DryRunView>().Reads(keys);
    }

    private static async Task<IResult> PreviewAsync(
        HttpRequest request, ServingDefinitions serving, EventTypeSwitchStore types, Preview preview, InsightGate gate, TimeProvider time, CancellationToken cancellationToken)
    {
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        var definitions = await serving.ReadAsync(cancellationToken);
        var (asked, errors) = PreviewRequest.Parse(body, definitions, time.GetUtcNow().TruncateToMicroseconds());
        if (asked is null)
            return Problems.Refused(errors);
        var draft = await WarnedAsync(asked.Draft, types, cancellationToken);
        return await gate.RunAsync(
            async (meter, stop) => Results.Json(await preview.RunAsync(draft, asked.At, definitions, meter, stop), ApiJson.Answers.PreviewView), cancellationToken);
    }

    private static async Task<IResult> DryRunAsync(
        HttpRequest request, ServingDefinitions serving, EventTypeSwitchStore types, DryRun dryRun, InsightGate gate, TimeProvider time, CancellationToken cancellationToken)
    {
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        var definitions = await serving.ReadAsync(cancellationToken);
        var (asked, errors) = DryRunRequest.Parse(body, definitions);
        if (asked is null)
            return Problems.Refused(errors);
        var draft = await WarnedAsync(asked.Draft, types, cancellationToken);
        return await gate.RunAsync(
            async (meter, stop) => Results.Json(
                await dryRun.RunAsync(draft, asked.Days, time.GetUtcNow().TruncateToMicroseconds(), definitions, meter, stop), ApiJson.Answers.DryRunView),
            cancellationToken);
    }

    private static async Task<Draft> WarnedAsync(Draft draft, EventTypeSwitchStore types, CancellationToken cancellationToken) =>
        draft with { Warnings = [.. draft.Warnings, .. EventTypeWarnings.Of(draft.Definition, await types.KnownAsync(cancellationToken))] };
}
