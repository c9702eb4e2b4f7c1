using System.Text.Json;
using EventSegmentation.Access;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>The calls that say what a definition would do.</summary>
internal static class DraftEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/segments/preview", PreviewAsync).Accepts<JsonElement>("application/json").Produces<PreviewView>().Reads();
        routes.MapPost("/api/segments/dry-run", DryRunAsync).Accepts<JsonElement>("application/json").Produces<DryRunView>().Reads();
    }

    private static async Task<IResult> PreviewAsync(
        HttpRequest request, DraftSource drafts, Preview preview, InsightGate gate, TimeProvider time, CancellationToken cancellationToken)
    {
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        var errors = new List<ProblemError>();
        var at = PreviewRequest.ReadInstant(body, time.GetUtcNow().TruncateToMicroseconds(), errors);
        var (draft, segments) = await drafts.FindAsync(body, errors, cancellationToken);
        return draft is null || errors.Count > 0
            ? Problems.Refused(errors)
            : await gate.RunAsync(
                async (meter, stop) => Results.Json(await preview.RunAsync(draft, at, segments, meter, stop), ApiJson.Answers.PreviewView), cancellationToken);
    }

    private static async Task<IResult> DryRunAsync(
        HttpRequest request, DraftSource drafts, DryRun dryRun, InsightGate gate, TimeProvider time, CancellationToken cancellationToken)
    {
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        var errors = new List<ProblemError>();
        var days = DryRunRequest.ReadDays(body, errors);
        var (draft, segments) = await drafts.FindAsync(body, errors, cancellationToken);
        return draft is null || errors.Count > 0
            ? Problems.Refused(errors)
            : await gate.RunAsync(
                async (meter, stop) => Results.Json(
                    await dryRun.RunAsync(draft, days, time.GetUtcNow().TruncateToMicroseconds(), segments, meter, stop), ApiJson.Answers.DryRunView),
                cancellationToken);
    }
}
