using System.Text.Json;
using EventSegmentation.IntegrationTests.Broker;

namespace EventSegmentation.IntegrationTests.Ingestion;

/// <summary>Reads what ingestion published.</summary>
internal static class PublishedEvents
{
    /// <summary>The events of a published message, as JSON.</summary>
    public static IReadOnlyList<JsonElement> Events(this ReadMessage message) =>
        [.. message.Json.GetProperty("message").GetProperty("events").EnumerateArray()];

    /// <summary>The next so many events that are meant, from as many messages as it takes; others are passed over.</summary>
    public static async Task<IReadOnlyList<JsonElement>> NextEventsAsync(this QueueReader reader, int count, Func<JsonElement, bool>? meant = null)
    {
        var events = new List<JsonElement>();
        while (events.Count < count)
            events.AddRange((await reader.NextAsync()).Events().Where(meant ?? (_ => true)));
        return events;
    }

    public static string Text(this JsonElement value, string member) => value.GetProperty(member).GetString()!;
}
