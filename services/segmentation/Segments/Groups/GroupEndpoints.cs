using System.Text.Json;
using EventSegmentation.Access;
using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Segments.Groups;

/// <summary>The calls about exclusive groups.</summary>
internal static class GroupEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/segment-groups", ListAsync).Produces<Page<GroupView>>().Reads();
        routes.MapGet("/api/segment-groups/{key}", GetAsync).Produces<GroupView>().Reads();
        routes.MapPut("/api/segment-groups/{key}", SetAsync).Accepts<JsonElement>("application/json").Produces<GroupView>().Changes();
        routes.MapDelete("/api/segment-groups/{key}", EndAsync).Produces(StatusCodes.Status204NoContent).Changes();
    }

    /// <summary>Why a change of a group was not made.</summary>
    private static IResult Refusal(string key, GroupOutcome outcome) => outcome switch
    {
        GroupOutcome.Unknown => Unknown(key),
        GroupOutcome.Changed changed => IfMatch.Failed($"The group '{key}'", changed.Revision),
        GroupOutcome.UnknownSegment unknown => Problems.Refused([new($"/segments/{unknown.Place}", $"There is no segment '{unknown.Key}'. GET /api/segments lists them.")]),
        GroupOutcome.Refused refused => Problems.Refused([.. refused.Problems.Select(problem => new ProblemError(Pointer(problem), problem.Detail))]),
        _ => throw new InvalidOperationException($"{outcome} is no refusal."),
    };

    private static async Task<IResult> ListAsync(HttpRequest request, GroupStore groups, CancellationToken cancellationToken)
    {
        var (page, problem) = PageRequest.Read(request);
        if (problem is not null)
            return problem;
        var found = await groups.ListAsync(page.After ?? "", page.Limit + 1, cancellationToken);
        return Results.Json(page.Of(found, group => group.Key), ApiJson.Answers.PageGroupView);
    }

    private static Task<IResult> GetAsync(string key, GroupStore groups, CancellationToken cancellationToken) =>
        ShowAsync(key, groups, written: null, cancellationToken);

    // The tag is of the revision that the call wrote, also if another call has written since.
    private static async Task<IResult> ShowAsync(string key, GroupStore groups, long? written, CancellationToken cancellationToken) =>
        await groups.FindAsync(key, cancellationToken) is { } group
            ? IfMatch.Tagged(Results.Json(group, ApiJson.Answers.GroupView), written ?? group.Revision)
            : Unknown(key);

    private static async Task<IResult> SetAsync(
        HttpRequest request, string key, Caller caller, GroupStore groups, TimeProvider time, CancellationToken cancellationToken)
    {
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        var errors = new List<ProblemError>();
        var group = new GroupReader("", errors).Read(body, key, "silent");
        var silent = new SegmentReader("", errors).Truth(body, "silent");
        if (errors.Count > 0 || group is null)
            return Problems.Refused(errors);
        var (match, unread) = IfMatch.Read(request);
        if (unread is not null)
            return unread;
        var outcome = await groups.SetAsync(group, silent, match, ChangeMark.Of(caller, time), cancellationToken);
        return outcome is GroupOutcome.Done done ? await ShowAsync(key, groups, done.Revision, cancellationToken) : Refusal(key, outcome);
    }

    private static async Task<IResult> EndAsync(
        HttpRequest request, string key, string? silent, Caller caller, GroupStore groups, TimeProvider time, CancellationToken cancellationToken)
    {
        var (isSilent, unknown) = QueryTruth.Read("silent", silent);
        var (match, problem) = IfMatch.Read(request);
        if ((unknown ?? problem) is { } mistake)
            return mistake;
        var outcome = await groups.EndAsync(key, isSilent, match, ChangeMark.Of(caller, time), cancellationToken);
        return outcome is GroupOutcome.Done ? Results.NoContent() : Refusal(key, outcome);
    }

    private static string Pointer(WorldProblem problem) => problem is WorldProblem.Circle or WorldProblem.TooMany ? "" : "/segments";

    private static IResult Unknown(string key) =>
        Problems.NotFound($"There is no exclusive group '{key}'. GET /api/segment-groups lists them; PUT {{\"segments\": [\"first\", \"second\"]}} to its address makes it.");
}
