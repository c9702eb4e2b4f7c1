using System.Buffers;
using System.Text.Json;
using EventSegmentation.Contracts;

namespace EventSegmentation.Ingestion.Normalizing;

/// <summary>
/// Checks one event as a sender gave it and brings it to its one normal form. Strict about what it knows:
/// a wrong kind of value, a limit passed, or a member given twice is refused. Members that it does not know
/// are ignored, so that a sender may be ahead of this version. Null is the same as missing.
/// </summary>
internal static class EventNormalizer
{
    private static readonly SearchValues<char> ForbiddenInType = SearchValues.Create("<>;'\\/|\"`^?!,");

    /// <summary>The normalized event, or every error found, up to <see cref="IntakeLimits.ErrorsPerEvent"/>.</summary>
    /// <param name="element">The event, any JSON value.</param>
    /// <param name="pointer">Where it stands in the body.</param>
    /// <param name="index">Its place in the request, from 0.</param>
    /// <param name="receipt">What is known about the request.</param>
    public static EventVerdict Normalize(JsonElement element, string pointer, int index, Receipt receipt)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return Refuse(pointer, $"an event must be an object; {RawJson.Kind(element)} came", RefusalReason.Shape);
        if (RawJson.Of(element).Length is var size && size > IntakeLimits.EventBytes)
            return Refuse(pointer, $"an event may be up to {IntakeLimits.EventBytes} bytes (20 KB) of JSON; {size} came", RefusalReason.TooLarge);

        var errors = new List<FieldError>();
        var given = GivenEvent.Read(element, pointer, errors);

        var eventId = Text(given.EventId, pointer + "/eventId", IntakeLimits.EventIdCharacters, mayBeEmpty: false, RefusalReason.EventId, errors);
        var eventType = EventType(given.EventTypeKey, pointer + "/eventTypeKey", receipt.EventTypes, errors);
        var keyValue = Text(given.KeyValue, pointer + "/keyValue", IntakeLimits.KeyValueCharacters, mayBeEmpty: true, RefusalReason.KeyValue, errors);
        var occurredAt = OccurredAt(given, pointer, errors);
        var parameters = ParamsShape.Read(given.Params, pointer + "/params", errors);

        if (errors.Count > 0)
        {
            return new EventVerdict.Refused(eventId, [.. errors.Take(IntakeLimits.ErrorsPerEvent)])
            {
                EventType = eventType,
                KeyValue = keyValue,
                OccurredAt = occurredAt,
            };
        }

        var receivedAt = InstantText.ToMicrosecond(receipt.ReceivedAt);
        return new EventVerdict.Accepted(new NormalizedEvent
        {
            EventId = eventId ?? receipt.MakeId(index),
            EventType = eventType!,
            KeyValue = keyValue,
            OccurredAt = occurredAt ?? receivedAt,
            ReceivedAt = receivedAt,
            Import = receipt.Import,
            Params = parameters,
        });
    }

    private static EventVerdict.Refused Refuse(string pointer, string detail, RefusalReason reason) =>
        new(null, [new FieldError(pointer, detail) { Reason = reason }]);

    private static string? EventType(JsonElement? value, string pointer, IReadOnlySet<string>? allowed, List<FieldError> errors)
    {
        if (value is null or { ValueKind: JsonValueKind.Null })
        {
            errors.Add(new FieldError(pointer, $"is missing; give the event type, 1 to {IntakeLimits.EventTypeCharacters} characters") { Reason = RefusalReason.EventType });
            return null;
        }

        var text = Text(value, pointer, IntakeLimits.EventTypeCharacters, mayBeEmpty: false, RefusalReason.EventType, errors);
        if (text?.AsSpan().IndexOfAny(ForbiddenInType) is >= 0 and var at)
        {
            errors.Add(new FieldError(pointer, $"must contain none of < > ; ' \\ / | \" ` ^ ? ! , and contains {text[at]} at place {at + 1}") { Reason = RefusalReason.EventType });
            return null;
        }

        // First, because whatever else is wrong, this sender cannot mend it.
        if (text is not null && allowed?.Contains(text) == false)
            errors.Insert(0, new FieldError(pointer, $"is {text}, which this key may not send") { Reason = RefusalReason.NotAllowed });
        return text;
    }

    private static string? Text(JsonElement? value, string pointer, int limit, bool mayBeEmpty, RefusalReason reason, List<FieldError> errors)
    {
        if (value is null or { ValueKind: JsonValueKind.Null })
            return null;

        string? Refused(string detail)
        {
            errors.Add(new FieldError(pointer, detail) { Reason = reason });
            return null;
        }

        if (value.Value.ValueKind != JsonValueKind.String)
            return Refused($"must be a text; {RawJson.Kind(value.Value)} came");
        if (RawJson.TextFault(RawJson.Of(value.Value)) is { } fault)
            return Refused(fault);

        var text = value.Value.GetString()!;
        if (text.Length == 0 && !mayBeEmpty)
            return Refused($"must be 1 to {limit} characters; an empty text came");
        return RawJson.Characters(text) is var length && length > limit
            ? Refused($"may be up to {limit} characters; {length} came")
            : text;
    }

    private static DateTimeOffset? OccurredAt(GivenEvent given, string pointer, List<FieldError> errors)
    {
        static bool IsGiven(JsonElement? value) => value is { ValueKind: not JsonValueKind.Null };

        DateTimeOffset? Refused(string member, string detail)
        {
            errors.Add(new FieldError(pointer + member, detail) { Reason = RefusalReason.OccurredAt });
            return null;
        }

        var member = IsGiven(given.OccurredAt) ? "/occurredAt" : "/occurred";
        var value = IsGiven(given.OccurredAt) ? given.OccurredAt : given.Occurred;
        if (!IsGiven(value))
            return null;
        if (IsGiven(given.OccurredAt) && IsGiven(given.Occurred))
            return Refused("/occurred", "means the same as occurredAt; give one of the two");
        if (value!.Value.ValueKind != JsonValueKind.String)
            return Refused(member, $"must be a text, YYYY-MM-DD or an ISO 8601 date-time; {RawJson.Kind(value.Value)} came");
        if (RawJson.TextFault(RawJson.Of(value.Value)) is { } fault)
            return Refused(member, fault);

        return InstantText.Parse(value.Value.GetString()!) switch
        {
            null => Refused(member, $"must be YYYY-MM-DD or an ISO 8601 date-time such as 2026-05-01T12:30:00Z; this came: {Clip(value.Value.GetString()!)}"),
            { } instant when instant < IntakeLimits.EarliestInstant || instant >= IntakeLimits.EndOfInstants =>
                Refused(member, $"must lie in the years 2 to 9998, UTC; this came: {Clip(value.Value.GetString()!)}"),
            { } instant => instant,
        };
    }

    private static string Clip(string text) => text.Length <= IntakeLimits.InstantCharacters
        ? text
        : $"{text.Length} characters";
}
