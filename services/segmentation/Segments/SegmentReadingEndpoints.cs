using System.Globalization;
using EventSegmentation.Access;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Insight;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>The calls that read what a segment has: versions and members.</summary>
internal static class SegmentReadingEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/segments/{key}/versions", VersionsAsync).Produces<Page<VersionView>>().Reads();
        routes.MapGet("/api/segments/{key}/members", MembersAsync).Produces<Page<SegmentMember>>().Reads();
    }

    private static async Task<IResult> VersionsAsync(HttpRequest request, string key, SegmentViewStore segments, CancellationToken cancellationToken)
    {
        var (page, before, problem) = PageRequest.ReadNumbered(request, long.MaxValue);
        if (problem is not null)
            return problem;
        return await segments.VersionsAsync(key, before, page.Limit + 1, cancellationToken) is { } versions
            ? Results.Json(page.Of(versions, version => version.Version.ToString(CultureInfo.InvariantCulture)), ApiJson.Answers.PageVersionView)
            : SegmentAnswers.Unknown(key);
    }

    private static async Task<IResult> MembersAsync(
        HttpRequest request, string key, SegmentStore segments, PastStore past, InsightGate gate, TimeProvider time, CancellationToken cancellationToken)
    {
        var (page, after, problem) = PageRequest.ReadNumbered(request, 0);
        if (problem is not null)
            return problem;
        if (request.Query["at"].FirstOrDefault() is { } at)
            return await PastEndpoints.MembersAtAsync(key, at, page, after, past, gate, time, cancellationToken);
        if (await segments.IdAsync(key, cancellationToken) is not { } segment)
            return SegmentAnswers.Unknown(key);
        var members = await segments.MembersAsync(segment, after, page.Limit + 1, cancellationToken);
        return Results.Json(page.Of(members, member => member.ContactId), ApiJson.Answers.PageSegmentMember);
    }
}
