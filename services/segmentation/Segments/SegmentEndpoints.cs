using System.Text.Json;
using EventSegmentation.Access;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>The calls by which segments are written: from draft to archive.</summary>
internal static class SegmentEndpoints
{
    private static readonly JsonElement Schema = DefinitionSchema.Create();

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/segments", ListAsync).Produces<Page<SegmentView>>().Reads();
        routes.MapPost("/api/segments", CreateAsync).Accepts<JsonElement>("application/json").Produces<SegmentView>(StatusCodes.Status201Created).Changes();
        routes.MapGet("/api/segments/schema", () => Results.Json(Schema, ApiJson.Answers.JsonElement)).Reads();
        routes.MapGet("/api/segments/{key}", GetAsync).Produces<SegmentView>().Reads();
        routes.MapPut("/api/segments/{key}", EditAsync).Accepts<JsonElement>("application/json").Produces<SegmentView>().Changes();
        routes.MapDelete("/api/segments/{key}", ArchiveAsync).Produces(StatusCodes.Status204NoContent).Changes();
        routes.MapPost("/api/segments/{key}/publish", PublishAsync).Produces<SegmentView>().Changes();
        routes.MapPost("/api/segments/{key}/resume", ResumeAsync).Produces<SegmentView>().Changes();
        routes.MapDelete("/api/segments/{key}/draft", DropDraftAsync).Produces<SegmentView>().Changes();
    }

    private static async Task<IResult> ListAsync(
        HttpRequest request, string? tag, string? q, string? state, SegmentViewStore segments, CancellationToken cancellationToken)
    {
        var (page, problem) = PageRequest.Read(request);
        if (problem is not null)
            return problem;
        if (state is not null && !SegmentViewStore.States.Contains(state))
            return Problems.BadRequest("state", $"state is one of {string.Join(", ", SegmentViewStore.States)}; without it all but archived segments are listed.");
        var found = await segments.ListAsync(page.After ?? "", tag, q, state, page.Limit + 1, cancellationToken);
        return Results.Json(page.Of(found, segment => segment.Key), ApiJson.Answers.PageSegmentView);
    }

    private static async Task<IResult> CreateAsync(
        HttpRequest request, Caller caller, SegmentStore segments, SegmentViewStore views, EventTypeSwitchStore types, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        var (wanted, errors) = SegmentRequest.Parse(body, address: null);
        if (wanted is null)
            return Problems.Refused(errors);
        var key = wanted.Segment.Key;
        var outcome = await segments.CreateAsync(wanted, ChangeMark.Of(caller, time), cancellationToken);
        if (outcome is not SegmentOutcome.Done done)
            return SegmentAnswers.Refusal(key, outcome, written: true);
        request.HttpContext.Response.Headers.Location = $"/api/segments/{key}";
        return await ShowAsync(key, views, types, StatusCodes.Status201Created, done.Revision, cancellationToken);
    }

    private static Task<IResult> GetAsync(string key, SegmentViewStore views, EventTypeSwitchStore types, CancellationToken cancellationToken) =>
        ShowAsync(key, views, types, StatusCodes.Status200OK, written: null, cancellationToken);

    private static async Task<IResult> EditAsync(
        HttpRequest request, string key, Caller caller, SegmentStore segments, SegmentViewStore views, EventTypeSwitchStore types, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        var (wanted, errors) = SegmentRequest.Parse(body, key, await segments.IsStaticAsync(key, cancellationToken));
        if (wanted is null)
            return Problems.Refused(errors);
        return await ChangeAsync(
            request, key, written: true, match => segments.EditAsync(wanted, match, ChangeMark.Of(caller, time), cancellationToken), views, types, cancellationToken);
    }

    private static async Task<IResult> PublishAsync(
        HttpRequest request, string key, Caller caller, SegmentStore segments, SegmentViewStore views, EventTypeSwitchStore types, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (silent, problem) = await ReadSilentAsync(request);
        return problem ?? await ChangeAsync(
            request, key, written: false, match => segments.PublishAsync(key, silent, match, ChangeMark.Of(caller, time), cancellationToken), views, types, cancellationToken);
    }

    private static async Task<IResult> ResumeAsync(
        HttpRequest request, string key, Caller caller, SegmentStore segments, SegmentViewStore views, EventTypeSwitchStore types, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (silent, problem) = await ReadSilentAsync(request);
        return problem ?? await ChangeAsync(
            request, key, written: false, match => segments.ResumeAsync(key, silent, match, ChangeMark.Of(caller, time), cancellationToken), views, types, cancellationToken);
    }

    private static Task<IResult> DropDraftAsync(
        HttpRequest request, string key, Caller caller, SegmentStore segments, SegmentViewStore views, EventTypeSwitchStore types, TimeProvider time,
        CancellationToken cancellationToken) =>
        ChangeAsync(request, key, written: false, match => segments.DropDraftAsync(key, match, ChangeMark.Of(caller, time), cancellationToken), views, types, cancellationToken);

    private static async Task<IResult> ArchiveAsync(
        HttpRequest request, string key, string? silent, Caller caller, SegmentStore segments, TimeProvider time, CancellationToken cancellationToken)
    {
        var (isSilent, unread) = QueryTruth.Read("silent", silent);
        var (match, problem) = IfMatch.Read(request);
        if ((unread ?? problem) is { } mistake)
            return mistake;
        var outcome = await segments.ArchiveAsync(key, isSilent, match, ChangeMark.Of(caller, time), cancellationToken);
        return outcome is SegmentOutcome.Done ? Results.NoContent() : SegmentAnswers.ArchiveRefusal(key, outcome);
    }

    private static async Task<IResult> ChangeAsync(
        HttpRequest request, string key, bool written, Func<IfMatch, Task<SegmentOutcome>> change, SegmentViewStore views, EventTypeSwitchStore types,
        CancellationToken cancellationToken)
    {
        var (match, problem) = IfMatch.Read(request);
        if (problem is not null)
            return problem;
        var outcome = await change(match);
        return outcome is SegmentOutcome.Done done
            ? await ShowAsync(key, views, types, StatusCodes.Status200OK, done.Revision, cancellationToken)
            : SegmentAnswers.Refusal(key, outcome, written);
    }

    // The tag is of the revision that the call wrote, not of one that was written before the answer was read: what is sent
    // back with it then tells whether anybody was there in between.
    private static async Task<IResult> ShowAsync(
        string key, SegmentViewStore views, EventTypeSwitchStore types, int status, long? written, CancellationToken cancellationToken)
    {
        if (await views.FindAsync(key, cancellationToken) is not { } found)
            return SegmentAnswers.Unknown(key);
        var view = found.Definition is not { } definition ? found.View : found.View with
        {
            Warnings = [.. found.View.Warnings, .. EventTypeWarnings.Of(definition, await types.KnownAsync(cancellationToken))],
        };
        return IfMatch.Tagged(Results.Json(view, ApiJson.Answers.SegmentView, statusCode: status), written ?? view.Revision);
    }

    // The body may be left out, as it has nothing that must be said.
    private static async Task<(bool Silent, IResult? Problem)> ReadSilentAsync(HttpRequest request)
    {
        if (request.ContentLength is null or 0 && !request.HasJsonContentType())
            return (false, null);
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return (false, problem);
        var errors = new List<ProblemError>();
        if (body.ValueKind != JsonValueKind.Object || body.EnumerateObject().Any(member => member.Name != "silent"))
            errors.Add(new("", "The body is {} or {\"silent\": true}."));
        var silent = new SegmentReader("", errors).Truth(body, "silent");
        return errors.Count == 0 ? (silent, null) : (false, Problems.Refused(errors));
    }
}
