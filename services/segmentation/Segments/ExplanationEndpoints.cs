using System.Globalization;
using EventSegmentation.Access;
using EventSegmentation.Evaluation.Explaining;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Insight;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>The call that says why a contact is in a segment, or is not.</summary>
internal static class ExplanationEndpoints
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/contacts/{id}/segments/{key}/explain", ExplainAsync).Reads();

    private static async Task<IResult> ExplainAsync(
        string id, string key, string? at, string? version, ContactCardStore cards, ExplanationStore segments, PersonHistoryStore histories, InsightGate gate, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await ContactEndpoints.RefusalAsync(id, cards, cancellationToken) is { } refusal)
            return refusal;
        if (Version(version, out var wanted) is { } wrong)
            return wrong;
        if (await segments.FindAsync(key, wanted, cancellationToken) is not { } segment)
        {
            return Problems.NotFound(wanted is null
                ? $"There is no segment '{key}'. GET /api/segments lists them."
                : $"There is no version {wanted} of a segment '{key}'. GET /api/segments/{key}/versions lists them.");
        }

        if (SuspendedReference.Find(segment.Definition, segment.Segments) is { } suspended)
            return Problems.Conflict("Suspended", SuspendedReference.Detail(suspended));

        var now = time.GetUtcNow().TruncateToMicroseconds();
        var instant = now;
        if (at is not null && !QueryInstant.TryRead(at, out instant))
            return Problems.BadRequest("at", "at is an instant such as 2026-05-01T12:30:00Z, now or in the past.");
        if (instant > now)
            return Problems.Refused([new("at", $"at lies in the future; it is {now:O} now. changesAt in an explanation of now says what time alone will change.")]);

        return await gate.LookUpAsync(
            async stop => await histories.ReadAsync(StreamId.Contact(id), stop) is { } history
                ? Results.Json(
                    ExplanationView.Of(
                        history.ContactId, segment, instant,
                        Explainer.Explain(segment.Definition, history.Facts, new MeteredHistory(history.Events, stop), instant, segment.Segments)),
                    ApiJson.Answers.ExplanationView)
                : Problems.Refused([new("id", $"The contact has more than {PersonHistoryStore.MaxEvents} events, which is the most that an explanation reads.")]),
            cancellationToken);
    }

    private static IResult? Version(string? text, out int? version)
    {
        version = null;
        if (text is null)
            return null;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1)
            return Problems.BadRequest("version", "version is the number of one of the segment's versions, from 1; without it the one that serves is explained.");
        version = number;
        return null;
    }
}
