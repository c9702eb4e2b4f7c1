using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Sample.Fitness;

namespace EventSegmentation.Sample.Services;

/// <summary>Sends events.</summary>
internal sealed class IngestionClient(ServiceClient service, string writeKey)
{
    /// <summary>The most events that one request may carry.</summary>
    public const int MaxEvents = 500;

    /// <summary>Imports a batch of past events. Returns those that were accepted.</summary>
    public async Task<IReadOnlyList<FitnessEvent>> SendPastAsync(IReadOnlyList<FitnessEvent> events, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new() { Events = [.. events.Select(Submitted)] }, SampleJson.Default.SubmitEvents);
        var answer = await service.SendAsync(HttpMethod.Post, "api/v3/events/past", writeKey, body, cancellationToken);
        if (!answer.IsGood)
            throw service.Unexpected(answer, "POST api/v3/events/past");
        var refused = answer.Read(SampleJson.Default.BatchAnswer).Refused?.Select(one => one.Index).ToHashSet() ?? [];
        return [.. events.Where((_, index) => !refused.Contains(index))];
    }

    /// <summary>Sends one event. False if it was refused.</summary>
    public async Task<bool> SendAsync(FitnessEvent e, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(Submitted(e), SampleJson.Default.SubmittedEvent);
        var answer = await service.SendAsync(HttpMethod.Post, "api/v3/event", writeKey, body, cancellationToken);
        return answer.IsGood || ((int)answer.Status == 422 ? false : throw service.Unexpected(answer, "POST api/v3/event"));
    }

    private static SubmittedEvent Submitted(FitnessEvent e) => new()
    {
        EventTypeKey = e.Type,
        EventId = e.Id,
        OccurredAt = e.OccurredAt,
        Params = JsonSerializer.SerializeToElement(e.Params, SampleJson.Default.JsonObject),
    };
}
