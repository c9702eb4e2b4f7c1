using System.Globalization;
using System.Text.Json;
using EventSegmentation.Access;
using EventSegmentation.Segmentation.Contacts.Editing;
using EventSegmentation.Segmentation.Contacts.Erasure;
using EventSegmentation.Segmentation.Contacts.Export;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>The calls about contacts.</summary>
internal static class ContactEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/contacts", FindAsync).Reads();
        routes.MapGet("/api/contacts/{id}", GetAsync).Reads();
        routes.MapPatch("/api/contacts/{id}", EditAsync).Accepts<JsonElement>("application/json").Changes();
        routes.MapDelete("/api/contacts/{id}", EraseAsync).Changes();
        routes.MapGet("/api/contacts/{id}/export", ExportAsync).Changes();
        routes.MapGet("/api/contacts/{id}/events", EventsAsync).Reads();
        routes.MapGet("/api/contacts/{id}/segments", SegmentsAsync).Reads();
    }

    private static async Task<IResult> FindAsync(HttpRequest request, string? identifier, ContactCardStore cards, CancellationToken cancellationToken)
    {
        var (page, after, problem) = PageRequest.ReadNumbered(request, 0);
        if (problem is not null)
            return problem;
        var parts = identifier?.Split(':', 2);
        if (parts is not [{ Length: > 0 } kind, { Length: > 0 } value])
            return Problems.BadRequest("identifier", "identifier is a kind, a colon and a value, such as email:ada@example.com; kinds are contactId, externalId, email, phone, pushToken, or an additional field.");
        var found = page.Of(await cards.FindAsync(new(kind, value), after, page.Limit + 1, cancellationToken), StreamId.Of);
        var items = new List<ContactCard>();
        foreach (var contact in found.Items)
        {
            if (await cards.ReadAsync(contact, cancellationToken) is { } card)
                items.Add(card);
        }

        return Results.Json(new Page<ContactCard>(items, found.Next), ApiJson.Answers.PageContactCard);
    }

    private static Task<IResult> GetAsync(string id, ContactCardStore cards, CancellationToken cancellationToken) =>
        WithCardAsync(id, cards, card => Results.Json(card, ApiJson.Answers.ContactCard), cancellationToken);

    private static async Task<IResult> EditAsync(
        HttpRequest request, string id, Caller caller, ContactEditor editor, ProjectionWait projection, ContactCardStore cards, CancellationToken cancellationToken)
    {
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        var (edit, errors) = ContactEdit.Parse(body);
        if (edit is null)
            return Problems.Refused(errors);
        if (!StreamId.TryContact(id, out var contact))
            return ContactProblems.Unknown(id);
        switch (await editor.EditAsync(contact, edit, caller.Name, cancellationToken))
        {
            case EditOutcome.Unknown:
                return ContactProblems.Unknown(id);
            case EditOutcome.Erased erased:
                return ContactProblems.Erased(id, erased.At);
            case EditOutcome.Merged merged:
                return ContactProblems.Merged(id, merged.Into);
            case EditOutcome.Refused refused:
                return Problems.Refused(refused.Errors);
            case EditOutcome.Held held:
                return Problems.Of(StatusCodes.Status409Conflict, "Belongs to a merged contact", string.Join(" ", held.Errors.Select(error => error.Detail)), held.Errors);
            case EditOutcome.Taken taken:
                return Problems.Of(StatusCodes.Status409Conflict, "Belongs to another contact", string.Join(" ", taken.Errors.Select(error => error.Detail)), taken.Errors);
            case EditOutcome.Done { Sequence: { } sequence }:
                await projection.ReachedAsync(sequence, cancellationToken);
                break;
        }

        return await GetAsync(id, cards, cancellationToken);
    }

    // Once begun it goes on without the caller, who may not wait as long as a search takes, and asks again.
    private static async Task<IResult> EraseAsync(
        string id, Caller caller, ContactEraser eraser, ProjectionWait projection, IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        if (!StreamId.TryContact(id, out var contact))
            return ContactProblems.Unknown(id);
        switch (await eraser.EraseAsync(contact, caller.Name, lifetime.ApplicationStopping))
        {
            case ErasureOutcome.Erased erased:
                return ContactProblems.Erased(id, erased.At);
            case ErasureOutcome.Merged merged:
                return ContactProblems.Merged(id, merged.Into);
            case ErasureOutcome.Done done:
                // Accepted: the streams are erased, and the state and the memberships will be as soon as the projection gets there.
                return await projection.ReachedAsync(done.Sequence, cancellationToken) ? Results.NoContent() : Results.Accepted();
            default:
                return ContactProblems.Unknown(id);
        }
    }

    private static async Task<IResult> ExportAsync(string id, ContactCardStore cards, ContactExport export, CancellationToken cancellationToken) =>
        await RefusalAsync(id, cards, cancellationToken) ?? new ExportAnswer(StreamId.Contact(id), export);

    // Written as it is read: a person may have very many events.
    private sealed class ExportAnswer(long contact, ContactExport export) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            httpContext.Response.Headers.ContentDisposition = $"attachment; filename=\"contact-{StreamId.Of(contact)}.json\"";
            return export.WriteAsync(contact, httpContext.Response.BodyWriter, httpContext.RequestAborted);
        }
    }

    private static async Task<IResult> EventsAsync(HttpRequest request, string id, ContactCardStore cards, CancellationToken cancellationToken)
    {
        var (page, before, problem) = PageRequest.ReadNumbered(request, long.MaxValue);
        if (problem is not null)
            return problem;
        if (await RefusalAsync(id, cards, cancellationToken) is { } refusal)
            return refusal;
        var events = await cards.EventsAsync(StreamId.Contact(id), before, page.Limit + 1, cancellationToken);
        return Results.Json(page.Of(events, e => e.Sequence.ToString(CultureInfo.InvariantCulture)), ApiJson.Answers.PageContactEventView);
    }

    private static Task<IResult> SegmentsAsync(string id, ContactCardStore cards, CancellationToken cancellationToken) =>
        WithCardAsync(id, cards, card => Results.Json(new Page<SegmentMembership>(card.Segments, null), ApiJson.Answers.PageSegmentMembership), cancellationToken);

    private static async Task<IResult> WithCardAsync(string id, ContactCardStore cards, Func<ContactCard, IResult> answer, CancellationToken cancellationToken) =>
        StreamId.TryContact(id, out var contact) && await cards.ReadAsync(contact, cancellationToken) is { } card
            ? answer(card)
            : await RefusalAsync(id, cards, cancellationToken) ?? ContactProblems.Unknown(id);

    /// <summary>Why nothing of the contact can be read; null if it can.</summary>
    public static async Task<IResult?> RefusalAsync(string id, ContactCardStore cards, CancellationToken cancellationToken) =>
        (StreamId.TryContact(id, out var contact) ? await cards.StandingAsync(contact, cancellationToken) : null) switch
        {
            null => ContactProblems.Unknown(id),
            { Erased: { } erased } => ContactProblems.Erased(id, erased),
            _ => null,
        };
}
