using System.Text.Json;
using EventSegmentation.Segmentation.Http;
using Npgsql;

namespace EventSegmentation.Segmentation.EventTypes;

/// <summary>A parameter of an event type as the catalogue shows it.</summary>
internal sealed record ParameterView(string Name, IReadOnlyList<string> Kinds, IReadOnlyList<string> Samples, DateTimeOffset LastSeen);

/// <summary>An event type as the catalogue shows it.</summary>
internal sealed record EventTypeView(
    string Key, bool On, long Events, DateTimeOffset? FirstSeen, DateTimeOffset? LastSeen, IReadOnlyList<ParameterView> Parameters);

/// <summary>All event types.</summary>
/// <param name="PlacesLeft">How many more may be switched on.</param>
internal sealed record EventTypeList(IReadOnlyList<EventTypeView> Items, string? Next, int PlacesLeft);

/// <summary>The calls about event types.</summary>
internal static class EventTypeEndpoints
{
    public static void Map(IEndpointRouteBuilder routes, ApiKeys keys)
    {
        routes.MapGet("/api/event-types", ListAsync).Reads(keys);
        routes.MapGet("/api/event-types/{key}", GetAsync).Reads(keys);
        routes.MapPut("/api/event-types/{key}/segmentation", SwitchAsync).Accepts<JsonElement>("application/json").Changes(keys);
    }

    private static async Task<IResult> ListAsync(HttpRequest request, EventTypeSwitchStore catalogue, CancellationToken cancellationToken)
    {
        var (page, problem) = PageRequest.Read(request);
        if (problem is not null)
            return problem;
        var types = page.Of(await catalogue.ListAsync(page.After ?? "", page.Limit + 1, cancellationToken), type => type.Key);
        var on = await catalogue.CountOnAsync(cancellationToken);
        return Results.Json(new EventTypeList(types.Items, types.Next, TypeSwitch.MaxOn - on), ApiJson.Default.EventTypeList);
    }

    private static async Task<IResult> GetAsync(string key, EventTypeSwitchStore catalogue, CancellationToken cancellationToken) =>
        await catalogue.FindAsync(key, cancellationToken) is { } type
            ? Results.Json(type, ApiJson.Default.EventTypeView)
            : Problems.NotFound($"No event of type '{key}' was seen yet. Switching it on registers it.");

    private static async Task<IResult> SwitchAsync(
        HttpRequest request, string key, EventTypeSwitchStore catalogue, TimeProvider time, CancellationToken cancellationToken)
    {
        // The one character that routing leaves escaped.
        key = key.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var (body, problem) = await RequestBody.ReadAsync(request);
        if (problem is not null)
            return problem;
        if (EventTypeKey.Error(key) is { } error)
            return Problems.Refused([new("key", error)]);
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("on", out var on) || on.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            return Problems.BadRequest("/on", "The body is {\"on\": true} or {\"on\": false}.");
        if (!await catalogue.SwitchAsync(key, on.GetBoolean(), time.GetUtcNow().TruncateToMicroseconds(), cancellationToken))
        {
            return Problems.Conflict(
                "No place left",
                $"{TypeSwitch.MaxOn} event types are used for segmentation, which is the most at one time. Switch one off to free a place for '{key}'.");
        }

        return await GetAsync(key, catalogue, cancellationToken);
    }
}
