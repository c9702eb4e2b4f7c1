using System.Text.Json;
using System.Text.Json.Serialization;
using EventSegmentation.Access;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.EventTypes;

/// <summary>A parameter of an event type as the catalogue shows it.</summary>
/// <param name="Samples">Some of its values; none for arrays, objects, and what identifies a person.</param>
/// <param name="Distinct">How many different values it has among the type's latest events; only where one type is asked for.</param>
internal sealed record ParameterView(
    string Name,
    IReadOnlyList<string> Kinds,
    IReadOnlyList<string> Samples,
    DateTimeOffset LastSeen,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Distinct = null);

/// <summary>A time in which the type was used for segmentation: from, inclusive, to, exclusive; null while it still is.</summary>
internal sealed record IntervalView(DateTimeOffset From, DateTimeOffset? To);

/// <summary>An event type as the catalogue shows it.</summary>
/// <param name="Events">Its events, whoever's they are.</param>
/// <param name="Counted">Those of them that count in segments.</param>
/// <param name="FirstSeen">When its first event was received; null if it was registered but never seen.</param>
/// <param name="LastSeen">When its latest event was received.</param>
/// <param name="Intervals">When it was used for segmentation, earliest first.</param>
/// <param name="MatchingRule">Its own rule, or null; the installation's may apply all the same.</param>
/// <param name="DistinctAmong">How many events <see cref="ParameterView.Distinct"/> was counted among; only where one type is asked for.</param>
/// <param name="PlacesLeft">How many more types may be switched on; only where one type is asked for.</param>
internal sealed record EventTypeView(
    string Key,
    bool On,
    long Events,
    long Counted,
    DateTimeOffset? FirstSeen,
    DateTimeOffset? LastSeen,
    IReadOnlyList<IntervalView> Intervals,
    MatchingRule? MatchingRule,
    IReadOnlyList<ParameterView> Parameters,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? DistinctAmong = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? PlacesLeft = null);

/// <summary>All event types.</summary>
/// <param name="PlacesLeft">How many more may be switched on.</param>
internal sealed record EventTypeList(IReadOnlyList<EventTypeView> Items, string? Next, int PlacesLeft);

/// <summary>The calls about event types.</summary>
internal static class EventTypeEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/event-types", ListAsync).Reads();
        routes.MapGet("/api/event-types/{key}", GetAsync).Reads();
        routes.MapPut("/api/event-types/{key}/segmentation", SwitchAsync).Accepts<JsonElement>("application/json").Changes();
    }

    private static async Task<IResult> ListAsync(
        HttpRequest request, EventTypeViewStore catalogue, EventTypeSwitchStore switches, CancellationToken cancellationToken)
    {
        var (page, problem) = PageRequest.Read(request);
        if (problem is not null)
            return problem;
        var types = page.Of(await catalogue.ListAsync(page.After ?? "", page.Limit + 1, cancellationToken), type => type.Key);
        var on = await switches.CountOnAsync(cancellationToken);
        return Results.Json(new EventTypeList(types.Items, types.Next, TypeSwitch.MaxOn - on), ApiJson.Answers.EventTypeList);
    }

    private static async Task<IResult> GetAsync(
        string key, EventTypeViewStore catalogue, EventTypeSwitchStore switches, CancellationToken cancellationToken)
    {
        if (await catalogue.FindAsync(key, cancellationToken) is not { } type)
        {
            return Problems.NotFound(
                $"No event of type '{key}' was seen yet, or {EventTypeStore.MaxTypes:N0} other types were seen before. Switching it on registers it: PUT {{\"on\": true}} to its address with /segmentation.");
        }

        var (among, values) = await catalogue.DistinctAsync(key, cancellationToken);
        var view = type with
        {
            Parameters = [.. type.Parameters.Select(parameter => parameter with { Distinct = values.GetValueOrDefault(parameter.Name) })],
            DistinctAmong = among,
            PlacesLeft = TypeSwitch.MaxOn - await switches.CountOnAsync(cancellationToken),
        };
        return Results.Json(view, ApiJson.Answers.EventTypeView);
    }

    private static async Task<IResult> SwitchAsync(
        HttpRequest request, string key, EventTypeViewStore catalogue, EventTypeSwitchStore switches, TimeProvider time, CancellationToken cancellationToken)
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
        if (!await switches.SwitchAsync(key, on.GetBoolean(), time.GetUtcNow().TruncateToMicroseconds(), cancellationToken))
        {
            return Problems.Conflict(
                "No place left",
                $"{TypeSwitch.MaxOn} event types are used for segmentation, which is the most at one time. Switch one off to free a place for '{key}'.");
        }

        return await GetAsync(key, catalogue, switches, cancellationToken);
    }
}
