using EventSegmentation.Access;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.History;

/// <summary>The calls about the event history.</summary>
internal static class HistoryEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/events", ListAsync).Reads();
        routes.MapGet("/api/events/{eventId}", GetAsync).Reads();
    }

    private static async Task<IResult> ListAsync(HttpRequest request, EventHistoryStore history, CancellationToken cancellationToken)
    {
        var (page, problem) = PageRequest.Read(request);
        if (problem is not null)
            return problem;
        HistoryPosition? after = null;
        if (page.After is { } cursor)
        {
            if (!HistoryPosition.TryParse(cursor, out var position))
                return Problems.BadRequest("cursor", "cursor is not one that this list gave.");
            after = position;
        }

        var (filter, errors) = HistoryFilter.Read(request.Query);
        if (filter is null)
            return Problems.Of(StatusCodes.Status400BadRequest, "The request is not understood", string.Join(" ", errors.Select(error => error.Detail)), errors);
        var events = await history.ListAsync(filter, after, page.Limit + 1, cancellationToken);
        return Results.Json(page.Of(events, one => one.Position.ToString()), ApiJson.Answers.PageHistoryEvent);
    }

    private static async Task<IResult> GetAsync(string eventId, EventHistoryStore history, CancellationToken cancellationToken)
    {
        // The one character that routing leaves escaped, so that it cannot be told from the escape itself.
        var found = await history.FindAsync(eventId, cancellationToken);
        if (found is null && eventId.Contains("%2F", StringComparison.OrdinalIgnoreCase))
            found = await history.FindAsync(eventId.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), cancellationToken);
        return found is not null
            ? Results.Json(found, ApiJson.Answers.HistoryDetail)
            : Problems.NotFound($"There is no event '{eventId}'. GET /api/events lists the event history; unassigned and refused events leave it after the time that the installation keeps them.");
    }
}
