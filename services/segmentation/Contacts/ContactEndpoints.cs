using System.Globalization;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>The calls about contacts.</summary>
internal static class ContactEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, ApiKeys keys)
    {
        routes.MapGet("/api/contacts", FindAsync).Reads(keys);
        routes.MapGet("/api/contacts/{id}", GetAsync).Reads(keys);
        routes.MapGet("/api/contacts/{id}/events", EventsAsync).Reads(keys);
        routes.MapGet("/api/contacts/{id}/segments", SegmentsAsync).Reads(keys);
        routes.MapGet("/api/contacts/{id}/transitions", TransitionsAsync).Reads(keys);
    }

    private static async Task<IResult> FindAsync(string? identifier, ContactCardStore cards, CancellationToken cancellationToken)
    {
        var parts = identifier?.Split(':', 2);
        if (parts is not [{ Length: > 0 } kind, { Length: > 0 } value])
            return Problems.BadRequest("identifier", "identifier is a kind, a colon and a value, such as email:ada@example.com; kinds are contactId, externalId, email, phone, pushToken, or an additional field.");
        var contact = await cards.FindAsync(new(kind, value), cancellationToken);
        var card = contact is null ? null : await cards.ReadAsync(contact.Value, cancellationToken);
        return Results.Json(new Page<ContactCard>(card is null ? [] : [card], null), ApiJson.Default.PageContactCard);
    }

    private static async Task<IResult> GetAsync(string id, ContactCardStore cards, CancellationToken cancellationToken) =>
        StreamId.TryContact(id, out var contact) && await cards.ReadAsync(contact, cancellationToken) is { } card
            ? Results.Json(card, ApiJson.Default.ContactCard)
            : Unknown(id);

    private static async Task<IResult> EventsAsync(HttpRequest request, string id, ContactCardStore cards, CancellationToken cancellationToken)
    {
        var (page, problem) = PageRequest.Read(request);
        if (problem is not null)
            return problem;
        if (!page.TryNumber(long.MaxValue, out var before))
            return Problems.BadRequest("cursor", "cursor is not one that this list gave.");
        if (!StreamId.TryContact(id, out var contact) || !await cards.ExistsAsync(contact, cancellationToken))
            return Unknown(id);
        var events = await cards.EventsAsync(contact, before, page.Limit + 1, cancellationToken);
        return Results.Json(page.Of(events, e => e.Sequence.ToString(CultureInfo.InvariantCulture)), ApiJson.Default.PageContactEventView);
    }

    private static async Task<IResult> SegmentsAsync(string id, ContactCardStore cards, CancellationToken cancellationToken) =>
        StreamId.TryContact(id, out var contact) && await cards.ReadAsync(contact, cancellationToken) is { } card
            ? Results.Json(new Page<SegmentMembership>(card.Segments, null), ApiJson.Default.PageSegmentMembership)
            : Unknown(id);

    private static async Task<IResult> TransitionsAsync(HttpRequest request, string id, ContactCardStore cards, TransitionStore ledger, CancellationToken cancellationToken)
    {
        var (page, problem) = PageRequest.Read(request);
        if (problem is not null)
            return problem;
        if (!page.TryNumber(0, out var after))
            return Problems.BadRequest("cursor", "cursor is not one that this list gave.");
        if (!StreamId.TryContact(id, out var contact) || !await cards.ExistsAsync(contact, cancellationToken))
            return Unknown(id);
        var rows = await ledger.OfContactAsync(contact, after, page.Limit + 1, cancellationToken);
        return Results.Json(page.Of(rows, row => row.Number.ToString(CultureInfo.InvariantCulture)), ApiJson.Default.PageTransitionView);
    }

    private static IResult Unknown(string id) =>
        Problems.NotFound($"There is no contact '{id}'. GET /api/contacts?identifier=kind:value finds one by its identifiers.");
}
