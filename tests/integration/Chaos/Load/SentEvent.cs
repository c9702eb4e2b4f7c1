using System.Text;
using System.Text.Json.Nodes;

namespace EventSegmentation.IntegrationTests.Chaos.Load;

/// <summary>An event as it was sent; however often it is sent, it is the same.</summary>
/// <param name="Person">Whose it is; <see cref="Nobody"/> if it names nobody.</param>
/// <param name="OccurredAt">Null if the sender left it out.</param>
/// <param name="Params">Its parameters as JSON.</param>
/// <param name="Referrer">Whom else it names; null if nobody.</param>
internal sealed record SentEvent(string Id, string Type, int Person, DateTimeOffset? OccurredAt, string Params, int? Referrer)
{
    /// <summary>In place of a person.</summary>
    public const int Nobody = -1;

    /// <summary>One event as the body of a request.</summary>
    public string Json
    {
        get
        {
            var body = new JsonObject { ["eventTypeKey"] = Type, ["eventId"] = Id, ["params"] = JsonNode.Parse(Params) };
            if (OccurredAt is { } at)
                body["occurredAt"] = at;
            return body.ToJsonString();
        }
    }

    /// <summary>Several as the body of a request.</summary>
    public static byte[] Body(IEnumerable<SentEvent> events) => Encoding.UTF8.GetBytes($$"""{"events":[{{string.Join(',', events.Select(one => one.Json))}}]}""");
}
