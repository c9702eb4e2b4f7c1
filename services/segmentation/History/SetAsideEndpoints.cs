using System.Text.Json;
using EventSegmentation.Access;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.History;

/// <summary>What a call sent again.</summary>
internal sealed record ResendAnswer(IReadOnlyList<ResentQueue> Items);

/// <summary>The calls about batches that were set aside because something in them could not be stored. An administrator's: reasons may quote a value.</summary>
internal static class SetAsideEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/set-aside", ListAsync).Produces<Page<SetAsideMessage>>().Changes();
        routes.MapPost("/api/set-aside/resend", ResendAsync).Accepts<JsonElement>("application/json").Produces<ResendAnswer>().Changes();
    }

    private static async Task<IResult> ListAsync(SetAsideQueues queues, CancellationToken cancellationToken) =>
        Results.Json(new Page<SetAsideMessage>(await queues.ListAsync(SetAsideQueues.MaxListed, cancellationToken), null), ApiJson.Answers.PageSetAsideMessage);

    private static async Task<IResult> ResendAsync(HttpRequest request, SetAsideQueues queues, CancellationToken cancellationToken)
    {
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        var errors = new List<ProblemError>();
        var (chosen, limit) = Read(body, errors);
        if (errors.Count > 0)
            return Problems.Refused(errors);
        var resent = new List<ResentQueue>();
        foreach (var queue in chosen)
        {
            resent.Add(await queues.ResendAsync(queue, limit, cancellationToken));
            limit -= resent[^1].Resent;
        }

        return Results.Json(new ResendAnswer(resent), ApiJson.Answers.ResendAnswer);
    }

    private static (IReadOnlyList<string> Queues, int Limit) Read(JsonElement body, List<ProblemError> errors)
    {
        var (queues, limit) = (SetAsideQueues.Queues, SetAsideQueues.MaxResent);
        if (body.ValueKind != JsonValueKind.Object)
        {
            errors.Add(new("", "The body is {} or {\"queue\": \"event-segmentation.normalized\", \"limit\": 100}."));
            return (queues, limit);
        }

        foreach (var member in body.EnumerateObject())
        {
            switch (member.Name)
            {
                case "queue" when member.Value.ValueKind == JsonValueKind.String && SetAsideQueues.Queues.Contains(member.Value.GetString()!):
                    queues = [member.Value.GetString()!];
                    break;
                case "queue":
                    errors.Add(new("/queue", $"queue is one of {string.Join(", ", SetAsideQueues.Queues)}; {member.Value.GetRawText()} came."));
                    break;
                case "limit" when member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt32(out limit) && limit is >= 1 and <= SetAsideQueues.MaxResent:
                    break;
                case "limit":
                    errors.Add(new("/limit", $"limit is a whole number from 1 to {SetAsideQueues.MaxResent}; {member.Value.GetRawText()} came."));
                    break;
                default:
                    errors.Add(new($"/{JsonPointer.Escape(member.Name)}", "There are queue and limit, and both may be left out."));
                    break;
            }
        }

        return (queues, limit);
    }
}
