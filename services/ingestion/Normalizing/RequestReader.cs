using System.Text.Json;
using System.Text.Unicode;
using EventSegmentation.Contracts;

namespace EventSegmentation.Ingestion.Normalizing;

/// <summary>The shape that a body is expected to have.</summary>
internal enum RequestShape
{
    /// <summary>One event.</summary>
    Single,

    /// <summary><c>{"events":[…]}</c>.</summary>
    Batch,

    /// <summary>A batch if the object has a member <c>events</c>, else one event.</summary>
    Either,

    /// <summary>A MassTransit envelope around either.</summary>
    Envelope,
}

/// <summary>Reads a body into events. Pure: the same bytes and the same receipt give the same reading.</summary>
internal static class RequestReader
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = IntakeLimits.ReadDepth };

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <param name="body">UTF-8; not needed any more when the reading is returned.</param>
    /// <param name="shape">What is expected.</param>
    /// <param name="receipt">What is known about the request.</param>
    public static RequestReading Read(ReadOnlyMemory<byte> body, RequestShape shape, Receipt receipt)
    {
        if (body.Span.StartsWith(ByteOrderMark))
            body = body[ByteOrderMark.Length..];

        // The parser leaves texts unchecked until they are read; half-read bodies are no option here.
        if (!Utf8.IsValid(body.Span))
            return new RequestReading.Unreadable(new FieldError("", "the body is not UTF-8") { Reason = RefusalReason.NotJson });

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, Strict);
        }
        catch (JsonException wrong)
        {
            var place = wrong.LineNumber is { } line ? $" at line {line + 1}, byte {wrong.BytePositionInLine + 1}" : "";
            return new RequestReading.Unreadable(new FieldError("", $"the body is not JSON{place}") { Reason = RefusalReason.NotJson });
        }

        using (document)
            return ReadRoot(document.RootElement, shape, receipt);
    }

    private static RequestReading ReadRoot(JsonElement root, RequestShape shape, Receipt receipt)
    {
        var pointer = "";
        if (shape == RequestShape.Envelope)
        {
            if (root.ValueKind != JsonValueKind.Object)
                return Unreadable(pointer, $"a MassTransit envelope must be an object; {RawJson.Kind(root)} came");
            pointer = "/message";
            if (!RawJson.TryMember(root, "message"u8, out var message))
                return Unreadable(pointer, "is given twice");
            if (message is null)
                return Unreadable(pointer, "is missing in the MassTransit envelope");
            (root, shape) = (message.Value, RequestShape.Either);
        }

        if (root.ValueKind != JsonValueKind.Object)
            return Unreadable(pointer, $"must be an object; {RawJson.Kind(root)} came");
        if (shape == RequestShape.Single)
            return ReadEvents([root], _ => pointer, receipt);
        if (!RawJson.TryMember(root, "events"u8, out var events))
            return Unreadable(pointer + "/events", "is given twice");
        return events is null && shape == RequestShape.Either
            ? ReadEvents([root], _ => pointer, receipt)
            : ReadBatch(events, pointer + "/events", receipt);
    }

    private static RequestReading ReadBatch(JsonElement? events, string pointer, Receipt receipt)
    {
        if (events is null)
            return Unreadable(pointer, $"is missing; give 1 to {IntakeLimits.EventsPerRequest} events");
        if (events.Value.ValueKind != JsonValueKind.Array)
            return Unreadable(pointer, $"must be an array; {RawJson.Kind(events.Value)} came");

        var count = events.Value.GetArrayLength();
        return count is 0 or > IntakeLimits.EventsPerRequest
            ? Unreadable(pointer, $"may hold 1 to {IntakeLimits.EventsPerRequest} events; {count} came", RefusalReason.TooMany)
            : ReadEvents(events.Value.EnumerateArray(), index => pointer + JsonPointer.Element(index), receipt);
    }

    private static RequestReading.Events ReadEvents(IEnumerable<JsonElement> events, Func<int, string> pointer, Receipt receipt)
    {
        var accepted = new List<NormalizedEvent>();
        var refused = new List<RefusedEvent>();
        var index = 0;
        foreach (var given in events)
        {
            var place = pointer(index);
            switch (EventNormalizer.Normalize(given, place, index, receipt))
            {
                case EventVerdict.Accepted good:
                    accepted.Add(good.Event);
                    break;
                case EventVerdict.Refused bad:
                    refused.Add(new RefusedEvent(index, bad.EventId, bad.Errors)
                    {
                        Pointer = place,
                        Json = RawJson.Of(given).ToArray(),
                        RefusalId = receipt.MakeId(index),
                        EventType = bad.EventType,
                        KeyValue = bad.KeyValue,
                        OccurredAt = bad.OccurredAt,
                        ReceivedAt = InstantText.ToMicrosecond(receipt.ReceivedAt),
                    });
                    break;
            }

            index++;
        }

        return new RequestReading.Events(accepted, refused);
    }

    private static RequestReading.Unreadable Unreadable(string pointer, string detail, RefusalReason reason = RefusalReason.Shape) =>
        new(new FieldError(pointer, detail) { Reason = reason });
}
