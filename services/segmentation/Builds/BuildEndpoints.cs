using System.Globalization;
using EventSegmentation.Access;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Segments;

namespace EventSegmentation.Segmentation.Builds;

/// <summary>The calls that show how far changes are on their way to being live, and that take them back.</summary>
internal static class BuildEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/builds", ListAsync).Produces<Page<BuildView>>().Reads();
        routes.MapGet("/api/builds/{id:long}", GetAsync).Produces<BuildView>().Reads();
        routes.MapDelete("/api/builds/{id:long}", CancelAsync).Produces(StatusCodes.Status204NoContent).Changes();
        routes.MapGet("/api/segments/{key}/build", OfSegmentAsync).Produces<SegmentBuildView>().Reads();
        routes.MapDelete("/api/segments/{key}/build", CancelOfSegmentAsync).Produces(StatusCodes.Status204NoContent).Changes();
    }

    private static async Task<IResult> ListAsync(HttpRequest request, BuildViewStore builds, CancellationToken cancellationToken)
    {
        var (page, before, problem) = PageRequest.ReadNumbered(request, long.MaxValue);
        if (problem is not null)
            return problem;
        var found = await builds.ListAsync(before, page.Limit + 1, cancellationToken);
        return Results.Json(page.Of(found, build => build.Id.ToString(CultureInfo.InvariantCulture)), ApiJson.Answers.PageBuildView);
    }

    private static async Task<IResult> GetAsync(long id, BuildViewStore builds, CancellationToken cancellationToken) =>
        await builds.FindAsync(id, cancellationToken) is { } build
            ? Results.Json(build, ApiJson.Answers.BuildView)
            : Problems.NotFound($"There is no build {id}. GET /api/builds lists them.");

    private static async Task<IResult> OfSegmentAsync(string key, SegmentViewStore segments, CancellationToken cancellationToken) =>
        await segments.FindAsync(key, cancellationToken) switch
        {
            null => SegmentAnswers.Unknown(key),
            { View.Build: { } build } => Results.Json(build, ApiJson.Answers.SegmentBuildView),
            _ => NoBuild(key),
        };

    private static async Task<IResult> CancelAsync(long id, BuildViewStore builds, TimeProvider time, CancellationToken cancellationToken) =>
        Answer(
            await builds.CancelAsync(id, segment: null, time.GetUtcNow().TruncateToMicroseconds(), cancellationToken),
            () => Problems.NotFound($"No build {id} waits or runs. GET /api/builds lists them."));

    private static async Task<IResult> CancelOfSegmentAsync(
        string key, BuildViewStore builds, SegmentStore segments, TimeProvider time, CancellationToken cancellationToken) =>
        await segments.IdAsync(key, cancellationToken) is null
            ? SegmentAnswers.Unknown(key)
            : Answer(await builds.CancelAsync(build: null, key, time.GetUtcNow().TruncateToMicroseconds(), cancellationToken), () => NoBuild(key));

    private static IResult Answer(Cancellation? cancellation, Func<IResult> none) => cancellation switch
    {
        null or Cancellation.NotPending => none(),
        Cancellation.Needed needed => Problems.Conflict(
            "Needed", $"Others that wait could not serve without it; cancel or change them first. {string.Join(" ", needed.Problems.Select(problem => problem.Detail))}"),
        Cancellation.Shared shared => Problems.Conflict(
            "Built with others", $"The build {shared.Build} changes {shared.Others} other segments and groups too, all in one moment. DELETE /api/builds/{shared.Build} takes all of it back."),
        _ => Results.NoContent(),
    };

    private static IResult NoBuild(string key) =>
        Problems.NotFound($"Nothing of the segment '{key}' waits or is being built. GET /api/segments/{key}/versions says what became of its versions.");
}
