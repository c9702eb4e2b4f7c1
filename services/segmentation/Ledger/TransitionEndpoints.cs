using System.Globalization;
using EventSegmentation.Access;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Ledger;

/// <summary>The calls that read the ledger again: all of it, a segment's part and a contact's.</summary>
internal static class TransitionEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/transitions", AllAsync).Produces<Page<TransitionView>>().Reads();
        routes.MapGet("/api/segments/{key}/transitions", OfSegmentAsync).Produces<Page<TransitionView>>().Reads();
        routes.MapGet("/api/contacts/{id}/transitions", OfContactAsync).Produces<Page<TransitionView>>().Reads();
    }

    private static async Task<IResult> AllAsync(HttpRequest request, TransitionStore ledger, CancellationToken cancellationToken)
    {
        var (page, after, problem) = PageRequest.ReadAfter(request);
        return problem ?? ByPosition(page, await ledger.AfterAsync(after, page.Limit + 1, cancellationToken));
    }

    private static async Task<IResult> OfSegmentAsync(
        HttpRequest request, string key, SegmentStore segments, TransitionStore ledger, CancellationToken cancellationToken)
    {
        var (page, after, problem) = PageRequest.ReadAfter(request);
        if (problem is not null)
            return problem;
        return await segments.IdAsync(key, cancellationToken) is { } segment
            ? ByPosition(page, await ledger.OfSegmentAsync(segment, after, page.Limit + 1, cancellationToken))
            : SegmentAnswers.Unknown(key);
    }

    // Of an erased contact too: the bare entries are what remains of it. In the order of its own numbers.
    private static async Task<IResult> OfContactAsync(
        HttpRequest request, string id, ContactCardStore cards, TransitionStore ledger, CancellationToken cancellationToken)
    {
        var (page, after, problem) = PageRequest.ReadAfter(request);
        if (problem is not null)
            return problem;
        if (!StreamId.TryContact(id, out var contact) || await cards.StandingAsync(contact, cancellationToken) is null)
            return ContactProblems.Unknown(id);
        var rows = await ledger.OfContactAsync(contact, after, page.Limit + 1, cancellationToken);
        return Results.Json(page.Of(rows, row => row.Number.ToString(CultureInfo.InvariantCulture)), ApiJson.Answers.PageTransitionView);
    }

    private static IResult ByPosition(PageRequest page, List<TransitionView> rows) =>
        Results.Json(page.Of(rows, row => row.Position.ToString(CultureInfo.InvariantCulture)), ApiJson.Answers.PageTransitionView);
}
