using System.Text.Json;
using EventSegmentation.Access;
using EventSegmentation.Segmentation.Http;
using Microsoft.AspNetCore.Mvc;

namespace EventSegmentation.Segmentation.Segments.AsCode;

/// <summary>The calls by which all definitions are one document, to be kept in a repository and applied.</summary>
internal static class DefinitionEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var limit = new RequestSizeLimitAttribute(DefinitionDocument.MaxBytes);
        routes.MapGet("/api/definitions", ReadAsync).Produces<DocumentView>().Reads();
        routes.MapPost("/api/definitions/plan", PlanAsync).Accepts<JsonElement>("application/json").Produces<DocumentAnswer>().WithMetadata(limit).Changes();
        routes.MapPut("/api/definitions", ApplyAsync).Accepts<JsonElement>("application/json").Produces<DocumentAnswer>().WithMetadata(limit).Changes();
    }

    private static async Task<IResult> ReadAsync(DefinitionStore definitions, CancellationToken cancellationToken)
    {
        var view = DocumentView.Of(await definitions.ReadAsync(cancellationToken));
        return IfMatch.Tagged(Results.Json(view, ApiJson.Answers.DocumentView), view.Tag());
    }

    private static Task<IResult> PlanAsync(
        HttpRequest request, string? prune, Caller caller, DefinitionStore definitions, TimeProvider time, CancellationToken cancellationToken) =>
        RunAsync(request, prune, silent: null, onlyTry: true, caller, definitions, time, cancellationToken);

    private static Task<IResult> ApplyAsync(
        HttpRequest request, string? prune, string? silent, Caller caller, DefinitionStore definitions, TimeProvider time, CancellationToken cancellationToken) =>
        RunAsync(request, prune, silent, onlyTry: false, caller, definitions, time, cancellationToken);

    private static async Task<IResult> RunAsync(
        HttpRequest request, string? prune, string? silent, bool onlyTry, Caller caller, DefinitionStore definitions, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var ((prunes, unclear), (isSilent, unclearToo)) = (QueryTruth.Read("prune", prune), QueryTruth.Read("silent", silent));
        var (match, unread) = IfMatch.Read(request);
        if ((unclear ?? unclearToo ?? unread) is { } mistake)
            return mistake;
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        var (document, errors) = DefinitionDocument.Parse(body);
        if (document is null)
            return Problems.Refused(errors);
        var mark = ChangeMark.Of(caller, time);
        return await definitions.ApplyAsync(document, prunes, isSilent, onlyTry, match, mark, cancellationToken) switch
        {
            DocumentOutcome.Refused refused => Problems.Refused(refused.Errors),
            DocumentOutcome.Changed changed => IfMatch.Failed("What administrators define", changed.Tag),
            DocumentOutcome.Done done => IfMatch.Tagged(Results.Json(new DocumentAnswer(done.Changes, done.BuildId), ApiJson.Answers.DocumentAnswer), done.Tag),
            var outcome => throw new InvalidOperationException($"Unknown outcome {outcome}."),
        };
    }
}
