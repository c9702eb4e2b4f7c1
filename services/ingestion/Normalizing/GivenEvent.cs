using System.Text.Json;

namespace EventSegmentation.Ingestion.Normalizing;

/// <summary>The members of an event that mean something here, as they were given; null where missing.</summary>
internal readonly record struct GivenEvent
{
    public JsonElement? EventTypeKey { get; private init; }

    public JsonElement? KeyValue { get; private init; }

    public JsonElement? EventId { get; private init; }

    public JsonElement? OccurredAt { get; private init; }

    public JsonElement? Occurred { get; private init; }

    public JsonElement? Params { get; private init; }

    /// <summary>Reads the members of an object. Names are compared exactly; a known one given twice is an error.</summary>
    public static GivenEvent Read(JsonElement element, string pointer, List<FieldError> errors)
    {
        var given = new GivenEvent();
        foreach (var member in element.EnumerateObject())
        {
            var (before, after) = member switch
            {
                _ when RawJson.NameIs(member, "eventTypeKey"u8) => (given.EventTypeKey, given with { EventTypeKey = member.Value }),
                _ when RawJson.NameIs(member, "keyValue"u8) => (given.KeyValue, given with { KeyValue = member.Value }),
                _ when RawJson.NameIs(member, "eventId"u8) => (given.EventId, given with { EventId = member.Value }),
                _ when RawJson.NameIs(member, "occurredAt"u8) => (given.OccurredAt, given with { OccurredAt = member.Value }),
                _ when RawJson.NameIs(member, "occurred"u8) => (given.Occurred, given with { Occurred = member.Value }),
                _ when RawJson.NameIs(member, "params"u8) => (given.Params, given with { Params = member.Value }),
                _ => (default(JsonElement?), given),
            };
            if (before is not null)
                errors.Add(new FieldError(pointer + JsonPointer.Member(member.Name), "is given twice") { Reason = RefusalReason.Shape });
            given = after;
        }

        return given;
    }
}
