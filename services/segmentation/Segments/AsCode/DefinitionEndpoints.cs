using System.Text.Json;
using EventSegmentation.Segmentation.Http;
using Microsoft.AspNetCore.Mvc;

namespace EventSegmentation.Segmentation.Segments.AsCode;

/// <summary>The calls by which all definitions are one document, to be kept in a repository and applied.</summary>
internal static class DefinitionEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, ApiKeys keys)
    {
        var limit = new RequestSizeLimitAttribute(DefinitionDocument.MaxBytes);
        routes.MapGet("/api/definitions", ReadAsync).Produces<DocumentView>().Reads(keys);
        routes.MapPost("/api/definitions/plan", PlanAsync).Accepts<JsonElement>("application/json").Produces<DocumentAnswer>().WithMetadata(limit).Changes(keys);
        routes.MapPut("/api/definitions", ApplyAsync).Accepts<JsonElement>("application/json").Produces<DocumentAnswer>().WithMetadata(limit).Changes(keys);
    }

    private static async Task<IResult> ReadAsync(DefinitionStore definitions, CancellationToken cancellationToken) =>
        Results.Json(DocumentView.Of(await definitions.ReadAsync(cancellationToken)), ApiJson.Answers.DocumentView);

    private static Task<IResult> PlanAsync(
        HttpRequest request, bool? prune, Caller caller, DefinitionStore definitions, TimeProvider time, CancellationToken cancellationToken) =>
        RunAsync(request, prune, silent: false, onlyTry: true, caller, definitions, time, cancellationToken);

    private static Task<IResult> ApplyAsync(
        HttpRequest request, bool? prune, bool? silent, Caller caller, DefinitionStore definitions, TimeProvider time, CancellationToken cancellationToken) =>
        RunAsync(request, prune, silent == true, onlyTry: false, caller, definitions, time, cancellationToken);

    private static async Task<IResult> RunAsync(
        HttpRequest request, bool? prune, bool silent, bool onlyTry, Caller caller, DefinitionStore definitions, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        var (document, errors) = DefinitionDocument.Parse(body);
        if (document is null)
            return Problems.Refused(errors);
        var mark = new ChangeMark(caller.Name, time.GetUtcNow().TruncateToMicroseconds());
        return await definitions.ApplyAsync(document, prune == true, silent, onlyTry, mark, cancellationToken) switch
        {
            DocumentOutcome.Refused refused => Problems.Refused(refused.Errors),
            DocumentOutcome.Done done => Results.Json(new DocumentAnswer(done.Changes, done.BuildId), ApiJson.Answers.DocumentAnswer),
            var outcome => throw new InvalidOperationException($"Unknown outcome {outcome}."),
        };
    }
}
