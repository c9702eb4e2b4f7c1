using System.Text.Json;
using EventSegmentation.Access;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Segments.Lists;

/// <summary>What became of a change of a list.</summary>
/// <param name="Unchanged">How many items asked for what was so already.</param>
/// <param name="Refused">The items that were not done, each with its place in the body and the reason.</param>
internal sealed record ListAnswer(int Added, int Removed, int Unchanged, IReadOnlyList<ProblemError> Refused);

/// <summary>The calls that put contacts on the list of a static segment and take them off it.</summary>
internal static class ListEndpoints
{
    /// <summary>The most contacts in one call.</summary>
    public const int MaxItems = 1_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/segments/{key}/members", ChangeAsync).Accepts<JsonElement>("application/json").Produces<ListAnswer>().Changes();
        routes.MapPut("/api/segments/{key}/members/{contactId}", AddAsync).Produces(StatusCodes.Status204NoContent).Changes();
        routes.MapDelete("/api/segments/{key}/members/{contactId}", RemoveAsync).Produces(StatusCodes.Status204NoContent).Changes();
    }

    /// <summary>The static segment of a key, or why its list cannot be changed.</summary>
    public static async Task<(ListedSegment Segment, IResult? Refusal)> SegmentAsync(NpgsqlDataSource database, string key, CancellationToken cancellationToken) =>
        await ListStore.SegmentAsync(database, key, cancellationToken) switch
        {
            null => (null!, Problems.NotFound($"There is no segment '{key}'. GET /api/segments lists them.")),
            { IsStatic: false } => (null!, Problems.Conflict("Not a list", $"The segment '{key}' is dynamic: its condition says who is in it. Only a static segment has a list (POST /api/segments with \"kind\": \"static\").")),
            { IsArchived: true } => (null!, Archived(key)),
            var segment => (segment, null),
        };

    /// <summary>The answer about a list whose segment is archived.</summary>
    public static IResult Archived(string key, string done = "") =>
        Problems.Conflict("Archived", $"The segment '{key}' is archived.{done} Revive it first: POST /api/segments/{key}/publish.");

    private static async Task<IResult> ChangeAsync(
        HttpRequest request, string key, Caller caller, NpgsqlDataSource database, ListEditor lists, ProjectionWait projection, CancellationToken cancellationToken)
    {
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        var (wishes, pointers, errors) = ReadWishes(body, await ListStore.KindsAsync(database, cancellationToken));
        if (errors.Count > 0)
            return Problems.Refused(errors);
        var (segment, refusal) = await SegmentAsync(database, key, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (await lists.ChangeAsync(segment, wishes, caller.Name, null, cancellationToken) is not { } outcome)
            return Archived(key);
        if (outcome.Sequence is { } sequence)
            await projection.ReachedAsync(sequence, cancellationToken);
        return Results.Json(
            new ListAnswer(outcome.Added, outcome.Removed, outcome.Unchanged, [.. outcome.Refused.Select(one => new ProblemError(pointers[one.Place], one.Reason))]),
            ApiJson.Answers.ListAnswer);
    }

    private static (List<ListWish> Wishes, List<string> Pointers, List<ProblemError> Errors) ReadWishes(JsonElement body, IReadOnlyCollection<string> kinds)
    {
        var (wishes, pointers, errors) = (new List<ListWish>(), new List<string>(), new List<ProblemError>());
        if (body.ValueKind != JsonValueKind.Object || body.EnumerateObject().Any(member => member.Name is not ("add" or "remove")))
            return ([], [], [new("", "The body is {\"add\": [...], \"remove\": [...]}, one of them or both, with contact ids or texts such as \"email:ada@example.com\".")]);
        foreach (var list in body.EnumerateObject())
        {
            if (list.Value.ValueKind != JsonValueKind.Array)
            {
                errors.Add(new($"/{list.Name}", $"{list.Name} is a list of texts."));
                continue;
            }

            foreach (var (place, item) in list.Value.EnumerateArray().Index())
            {
                var pointer = $"/{list.Name}/{place}";
                var (who, reason) = item.ValueKind == JsonValueKind.String ? ListItem.Parse(item.GetString()!, kinds) : (null, ListRefusals.Empty);
                if (who is null)
                    errors.Add(new(pointer, reason));
                else
                    wishes.Add(new(pointers.Count, who, Joins: list.Name == "add"));
                pointers.Add(pointer);
            }
        }

        if (pointers.Count > MaxItems)
            return ([], [], [new("", $"A call names at most {MaxItems} contacts; {pointers.Count} came. Send several calls, or upload a file: POST /api/segments/KEY/imports.")]);
        if (wishes.GroupBy(wish => wish.Who.Key).FirstOrDefault(same => same.Select(wish => wish.Joins).Distinct().Count() > 1) is { } both)
            errors.Add(new(pointers[both.First(wish => !wish.Joins).Place], "The same is in add and in remove."));
        return ([.. wishes.OrderByDescending(wish => wish.Joins)], pointers, errors);
    }

    private static Task<IResult> AddAsync(
        string key, string contactId, Caller caller, NpgsqlDataSource database, ListEditor lists, ProjectionWait projection, CancellationToken cancellationToken) =>
        OneAsync(key, contactId, joins: true, caller, database, lists, projection, cancellationToken);

    private static Task<IResult> RemoveAsync(
        string key, string contactId, Caller caller, NpgsqlDataSource database, ListEditor lists, ProjectionWait projection, CancellationToken cancellationToken) =>
        OneAsync(key, contactId, joins: false, caller, database, lists, projection, cancellationToken);

    private static async Task<IResult> OneAsync(
        string key, string contactId, bool joins, Caller caller, NpgsqlDataSource database, ListEditor lists, ProjectionWait projection, CancellationToken cancellationToken)
    {
        var (segment, refusal) = await SegmentAsync(database, key, cancellationToken);
        if (refusal is not null)
            return refusal;
        if (!StreamId.TryContact(contactId, out var contact))
            return ContactProblems.Unknown(contactId);
        if (await StandingProblemAsync() is { } before)
            return before;
        if (await lists.ChangeAsync(segment, [new(0, new(IdentifierKind.ContactId, contactId), joins)], caller.Name, null, cancellationToken) is not { } outcome)
            return Archived(key);

        // It was there a moment ago: erased in between.
        if (outcome.Refused.Count > 0)
            return await StandingProblemAsync() ?? ContactProblems.Unknown(contactId);
        if (outcome.Sequence is { } sequence)
            await projection.ReachedAsync(sequence, cancellationToken);
        return Results.NoContent();

        async Task<IResult?> StandingProblemAsync() => await ContactStandingStore.ReadAsync(database, contact, cancellationToken) switch
        {
            null => ContactProblems.Unknown(contactId),
            { Erased: { } erased } => ContactProblems.Erased(contactId, erased),
            _ => null,
        };
    }
}
