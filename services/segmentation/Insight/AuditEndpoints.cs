using EventSegmentation.Access;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>The calls that look over all segments.</summary>
internal static class AuditEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/audit", AuditAsync).Produces<AuditView>().Reads();
        routes.MapGet("/api/audit/overlaps", OverlapsAsync).Produces<OverlapView>().Reads();
    }

    private static Task<IResult> AuditAsync(Audit audit, InsightGate gate, TimeProvider time, CancellationToken cancellationToken) =>
        gate.RunAsync(async (_, stop) => Results.Json(await audit.RunAsync(Now(time), stop), ApiJson.Answers.AuditView), cancellationToken);

    private static async Task<IResult> OverlapsAsync(
        HttpRequest request, string? segment, Audit audit, InsightGate gate, TimeProvider time, CancellationToken cancellationToken)
    {
        var (page, after, problem) = PageRequest.ReadNumbered(request, 0);
        return problem ?? await gate.RunAsync(
            async (_, stop) => await audit.OverlapsAsync(segment, after, page.Limit, Now(time), stop) is { } overlaps
                ? Results.Json(overlaps, ApiJson.Answers.OverlapView)
                : Problems.NotFound($"No segment '{segment}' serves. GET /api/segments?state=live lists those that do."),
            cancellationToken);
    }

    private static DateTimeOffset Now(TimeProvider time) => time.GetUtcNow().TruncateToMicroseconds();
}
