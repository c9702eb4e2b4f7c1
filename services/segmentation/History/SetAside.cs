using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.History;

/// <summary>Events that were accepted and that the store cannot keep, as refusals of the event history.</summary>
internal static class SetAside
{
    /// <summary>The same for every try of the same event. What may be the very thing that cannot be stored is left out.</summary>
    public static EventRefusal Refusal(NormalizedEvent e, Exception exception) => new()
    {
        RefusalId = EventIdentity.Of($"{e.EventId}\0set aside").ToString(),
        EventId = Storable(e.EventId),
        EventType = Storable(e.EventType),
        KeyValue = Storable(e.KeyValue),
        OccurredAt = e.OccurredAt,
        ReceivedAt = e.ReceivedAt,
        Source = RefusalSource.Store,
        Reasons = [new("", $"it was accepted and cannot be stored ({exception.GetType().Name}); the broker keeps its batch in {BrokerNames.NormalizedQueue}_error or {BrokerNames.ImportsQueue}_error")],
        Body = Storable(Cut($"{{\"params\":{e.Params.GetRawText()}}}")) ?? "",
    };

    private static string Cut(string text) => text.Length <= EventRefusal.MaxBodyCharacters ? text
        : text[..(char.IsHighSurrogate(text[EventRefusal.MaxBodyCharacters - 1]) ? EventRefusal.MaxBodyCharacters - 1 : EventRefusal.MaxBodyCharacters)];

    private static string? Storable(string? text) => text is not null && Http.RequestBody.IsStorable(text) ? text : null;
}
