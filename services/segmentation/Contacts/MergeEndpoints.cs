using System.Text.Json;
using EventSegmentation.Access;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>The calls that merge contacts and give them back.</summary>
internal static class MergeEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/contacts/{id}/merge", MergeAsync).Accepts<JsonElement>("application/json").Changes();
        routes.MapPost("/api/contacts/{id}/unmerge", UnmergeAsync).Changes();
    }

    private static async Task<IResult> MergeAsync(
        HttpRequest request, string id, Caller caller, MergeStore merges, ProjectionWait wait, ContactCardStore cards, CancellationToken cancellationToken)
    {
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("into", out var named) || named.ValueKind != JsonValueKind.String)
            return Problems.BadRequest("/into", "The body is {\"into\": \"CONTACT\"}, with the id of the contact that the other is merged into as a text.");
        if (!StreamId.TryContact(id, out var contact))
            return ContactProblems.Unknown(id);
        if (!StreamId.TryContact(named.GetString()!, out var into))
            return Problems.Refused([new("/into", ContactProblems.UnknownDetail(named.GetString()!))]);
        return await AnswerAsync(await merges.MergeAsync(contact, into, caller.Name, cancellationToken), into, wait, cards, cancellationToken);
    }

    private static async Task<IResult> UnmergeAsync(
        string id, Caller caller, MergeStore merges, ProjectionWait wait, ContactCardStore cards, CancellationToken cancellationToken) =>
        StreamId.TryContact(id, out var contact)
            ? await AnswerAsync(await merges.UnmergeAsync(contact, caller.Name, cancellationToken), contact, wait, cards, cancellationToken)
            : ContactProblems.Unknown(id);

    private static async Task<IResult> AnswerAsync(
        MergeOutcome outcome, long contact, ProjectionWait wait, ContactCardStore cards, CancellationToken cancellationToken)
    {
        if (outcome.Refusal is { } refusal)
            return Problems.Of(refusal.Status, refusal.Title, refusal.Detail, [new(refusal.Place, refusal.Detail)]);
        await wait.ReachedAsync(outcome.Sequence, cancellationToken);
        return await cards.ReadAsync(contact, cancellationToken) is { } card
            ? Results.Json(card, ApiJson.Answers.ContactCard)
            : ContactProblems.Unknown(StreamId.Of(contact));
    }
}
