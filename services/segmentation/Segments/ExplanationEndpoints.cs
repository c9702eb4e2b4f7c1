using EventSegmentation.Evaluation;
using EventSegmentation.Evaluation.Explaining;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>The call that says why a contact is in a segment, or is not.</summary>
internal static class ExplanationEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, ApiKeys keys) =>
        routes.MapGet("/api/contacts/{id}/segments/{key}/explain", ExplainAsync).Reads(keys);

    private static async Task<IResult> ExplainAsync(
        string id, string key, string? at, ContactCardStore cards, SegmentStore segments, PersonHistoryStore histories, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await ContactEndpoints.RefusalAsync(id, cards, cancellationToken) is { } refusal)
            return refusal;
        var definitions = await segments.DefinitionsAsync(cancellationToken);
        if (!definitions.TryGetValue(key, out var definition))
            return Problems.NotFound($"There is no segment '{key}'. GET /api/segments lists them.");

        var now = time.GetUtcNow().TruncateToMicroseconds();
        var instant = now;
        if (at is not null && !QueryInstant.TryRead(at, out instant))
            return Problems.BadRequest("at", "at is an instant such as 2026-05-01T12:30:00Z, now or in the past.");
        if (instant > now)
            return Problems.Refused([new("at", $"at lies in the future; it is {now:O} now. changesAt in an explanation of now says what time alone will change.")]);

        return await histories.ReadAsync(StreamId.Contact(id), cancellationToken) is { } history
            ? Results.Json(
                ExplanationView.Of(history.ContactId, key, instant, Explainer.Explain(definition, history.Facts, history.Events, instant, definitions)),
                ApiJson.Answers.ExplanationView)
            : Problems.Refused([new("id", $"The contact has more than {PersonHistoryStore.MaxEvents} events, which is the most that an explanation reads.")]);
    }
}
