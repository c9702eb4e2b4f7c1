using System.Text.Json;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Insight;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>The calls about segments.</summary>
internal static class SegmentEndpoints
{
    private static readonly JsonElement Schema = DefinitionSchema.Create();

    public static void Map(IEndpointRouteBuilder routes, ApiKeys keys)
    {
        routes.MapGet("/api/segments", ListAsync).Reads(keys);
        routes.MapPost("/api/segments", CreateAsync).Accepts<JsonElement>("application/json").Changes(keys);
        routes.MapGet("/api/segments/schema", () => Results.Json(Schema, ApiJson.Answers.JsonElement)).Reads(keys);
        routes.MapGet("/api/segments/{key}", GetAsync).Reads(keys);
        routes.MapDelete("/api/segments/{key}", DeleteAsync).Changes(keys);
        routes.MapGet("/api/segments/{key}/members", MembersAsync).Reads(keys);
    }

    private static async Task<IResult> ListAsync(HttpRequest request, string? tag, string? q, SegmentStore segments, CancellationToken cancellationToken)
    {
        var (page, problem) = PageRequest.Read(request);
        if (problem is not null)
            return problem;
        var found = await segments.ListAsync(page.After ?? "", tag, q, page.Limit + 1, cancellationToken);
        return Results.Json(page.Of(found, segment => segment.Key), ApiJson.Answers.PageSegmentView);
    }

    private static async Task<IResult> CreateAsync(
        HttpRequest request, SegmentStore segments, EventTypeSwitchStore types, TimeProvider time, CancellationToken cancellationToken)
    {
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        var (draft, errors) = SegmentDraft.Parse(body);
        if (draft is null)
            return Problems.Refused(errors);
        return await segments.CreateAsync(draft, time.GetUtcNow().TruncateToMicroseconds(), cancellationToken) switch
        {
            Creation.KeyTaken => Problems.Conflict("Key taken", $"There is a segment '{draft.Key}' already. Choose another key, or delete that one first."),
            Creation.Refused refused when refused.Problems.OfType<WorldProblem.TooMany>().FirstOrDefault() is { } many => Problems.Conflict("Too many segments", many.Detail),
            Creation.Refused refused => Problems.Refused([.. refused.Problems.Select(one => new ProblemError("/condition", one.Detail))]),
            _ => await CreatedAsync(draft.Key, segments, types, cancellationToken),
        };
    }

    private static async Task<IResult> CreatedAsync(string key, SegmentStore segments, EventTypeSwitchStore types, CancellationToken cancellationToken) =>
        await FindAsync(key, segments, types, cancellationToken) is { } segment
            ? new CreatedSegment(segment)
            : Problems.Conflict("Deleted", $"The segment '{key}' was deleted while it was created.");

    private static async Task<IResult> GetAsync(string key, SegmentStore segments, EventTypeSwitchStore types, CancellationToken cancellationToken) =>
        await FindAsync(key, segments, types, cancellationToken) is { } segment
            ? Results.Json(segment, ApiJson.Answers.SegmentView)
            : Unknown(key);

    private static async Task<SegmentView?> FindAsync(string key, SegmentStore segments, EventTypeSwitchStore types, CancellationToken cancellationToken)
    {
        if (await segments.FindAsync(key, cancellationToken) is not { } segment)
            return null;
        return Definition.Parse(segment.Condition, segment.TimeZone).Definition is not { } definition ? segment : segment with { Warnings = [.. segment.Warnings, .. EventTypeWarnings.Of(definition, await types.KnownAsync(cancellationToken))] };
    }

    private static async Task<IResult> DeleteAsync(string key, SegmentStore segments, TimeProvider time, CancellationToken cancellationToken) =>
        await segments.DeleteAsync(key, time.GetUtcNow().TruncateToMicroseconds(), cancellationToken) switch
        {
            Deletion.Unknown => Unknown(key),
            Deletion.Refused refused => Problems.Conflict("Referred to", string.Join(" ", refused.Problems.Select(one => one.Detail))),
            _ => Results.NoContent(),
        };

    private static async Task<IResult> MembersAsync(
        HttpRequest request, string key, SegmentStore segments, PastStore past, TimeProvider time, CancellationToken cancellationToken)
    {
        var (page, after, problem) = PageRequest.ReadNumbered(request, 0);
        if (problem is not null)
            return problem;
        if (request.Query["at"].FirstOrDefault() is { } at)
            return await PastEndpoints.MembersAtAsync(key, at, page, after, past, time, cancellationToken);
        if (await segments.IdAsync(key, cancellationToken) is not { } segment)
            return Unknown(key);
        var members = await segments.MembersAsync(segment, after, page.Limit + 1, cancellationToken);
        return Results.Json(page.Of(members, member => member.ContactId), ApiJson.Answers.PageSegmentMember);
    }

    /// <summary>The answer for a key that no segment has.</summary>
    public static IResult Unknown(string key) => Problems.NotFound($"There is no segment '{key}'. GET /api/segments lists them.");

    // Results.Created takes no source-generated type.
    private sealed class CreatedSegment(SegmentView segment) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.Location = $"/api/segments/{segment.Key}";
            return Results.Json(segment, ApiJson.Answers.SegmentView, statusCode: StatusCodes.Status201Created).ExecuteAsync(httpContext);
        }
    }
}
