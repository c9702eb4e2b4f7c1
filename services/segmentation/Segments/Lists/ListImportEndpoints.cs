using EventSegmentation.Access;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Projection;
using Microsoft.AspNetCore.Http.Features;
using Npgsql;

namespace EventSegmentation.Segmentation.Segments.Lists;

/// <summary>The calls about uploads of lists.</summary>
internal static class ListImportEndpoints
{
    /// <summary>When an upload may be tried again while too many run.</summary>
    private static readonly TimeSpan BusyRetry = TimeSpan.FromSeconds(10);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/segments/{key}/imports", UploadAsync).Accepts<string>("text/csv", "text/plain").Produces<ListImport>().Changes();
        routes.MapGet("/api/segments/{key}/imports", ListAsync).Produces<Page<ListImport>>().Reads();
        routes.MapGet("/api/segments/{key}/imports/{id:long}", GetAsync).Produces<ListImport>().Reads();
    }

    private static async Task<IResult> UploadAsync(
        HttpRequest request, string key, string? mode, Caller caller, NpgsqlDataSource database, ListImporter importer, ListImportStore imports,
        ProjectionWait projection, CancellationToken cancellationToken)
    {
        if (request.ContentType?.Split(';')[0].Trim().ToLowerInvariant() is not ("text/csv" or "text/plain"))
            return Problems.Of(StatusCodes.Status415UnsupportedMediaType, "Not a list", "Send the lines with content-type: text/csv.");
        if (Mode(mode) is not { } what)
            return Problems.BadRequest("mode", "mode is add, remove or replace; without it, add.");
        var (segment, refusal) = await ListEndpoints.SegmentAsync(database, key, cancellationToken);
        if (refusal is not null)
            return refusal;

        // Its lines and their length have limits of their own.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        var outcome = await importer.RunAsync(segment, what, request.BodyReader, caller.Name, cancellationToken);
        if (outcome.Begun is { } begun)
            request.HttpContext.Response.Headers.Location = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/api/segments/{key}/imports/{begun}");
        switch (outcome)
        {
            case ListImportOutcome.InUse:
                return Problems.Conflict("Being uploaded", $"Another upload of the list '{key}' is running, and a list takes one at a time. GET /api/segments/{key}/imports shows how far it is.");
            case ListImportOutcome.Busy:
                return Problems.Later(
                    StatusCodes.Status429TooManyRequests, "Busy", $"{ListImporter.MaxAtOnce} lists are being uploaded, which is the most at one time. Try again when one is done.", BusyRetry);
            case ListImportOutcome.TooLong tooLong:
                return Problems.Of(StatusCodes.Status413PayloadTooLarge, "Too long", $"An upload has at most {ListImporter.MaxLines} lines. So many are done, under /api/segments/{key}/imports/{tooLong.Import}; {AdviceOnTheRest(what)}");
            case ListImportOutcome.NamesNobody nobody:
                return Problems.Refused([new("", $"No line names a contact, so the list was left as it is; GET /api/segments/{key}/imports/{nobody.Import} says what is wrong with the lines. To empty a list, remove those on it.")]);
            case ListImportOutcome.Archived archived:
                return ListEndpoints.Archived(key, $" What was read before that is done, under /api/segments/{key}/imports/{archived.Import}; nobody else was taken off.");
            case ListImportOutcome.Done done:
                if (done.Sequence is { } sequence)
                    await projection.ReachedAsync(sequence, cancellationToken);
                return Results.Json(await imports.ReadAsync(segment.Id, done.Import, cancellationToken), ApiJson.Answers.ListImport);
            default:
                throw new InvalidOperationException("An upload has no other end.");
        }
    }

    private static async Task<IResult> ListAsync(HttpRequest request, string key, NpgsqlDataSource database, ListImportStore imports, CancellationToken cancellationToken)
    {
        var (page, before, problem) = PageRequest.ReadNumbered(request, long.MaxValue);
        if (problem is not null)
            return problem;
        if (await ListStore.SegmentAsync(database, key, cancellationToken) is not { } segment)
            return Problems.NotFound($"There is no segment '{key}'. GET /api/segments lists them.");
        var found = await imports.ListAsync(segment.Id, before, page.Limit + 1, cancellationToken);
        return Results.Json(page.Of(found, import => import.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)), ApiJson.Answers.PageListImport);
    }

    private static async Task<IResult> GetAsync(string key, long id, NpgsqlDataSource database, ListImportStore imports, CancellationToken cancellationToken) =>
        await ListStore.SegmentAsync(database, key, cancellationToken) is { } segment && await imports.ReadAsync(segment.Id, id, cancellationToken) is { } import
            ? Results.Json(import, ApiJson.Answers.ListImport)
            : Problems.NotFound($"There is no upload {id} of a segment '{key}'. GET /api/segments/{key}/imports lists them.");

    // To replace by the rest would take off those of the first part.
    private static string AdviceOnTheRest(ListImportMode mode) => mode == ListImportMode.Replace
        ? "nobody was taken off. A longer list is not replaced by files: send the rest with mode=add, and those who are to leave with mode=remove."
        : "send the rest as another file.";

    private static ListImportMode? Mode(string? mode) => mode switch
    {
        null or "add" => ListImportMode.Add,
        "remove" => ListImportMode.Remove,
        "replace" => ListImportMode.Replace,
        _ => null,
    };
}
