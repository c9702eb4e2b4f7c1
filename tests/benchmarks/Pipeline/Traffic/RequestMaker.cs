using System.Buffers;
using System.Text;
using System.Text.Json;

namespace EventSegmentation.Benchmarks.Pipeline.Traffic;

/// <summary>A request ready to be sent.</summary>
/// <param name="Bytes">Head and body.</param>
/// <param name="HeadLength">Where the body begins.</param>
/// <param name="Events">How many it brings.</param>
internal readonly record struct ReadyRequest(byte[] Bytes, int HeadLength, int Events)
{
    public ReadOnlyMemory<byte> Body => Bytes.AsMemory(HeadLength);
}

/// <summary>Makes requests before the clock runs, so that sending them costs hardly anything.</summary>
internal sealed class RequestMaker(Stack stack)
{
    /// <summary>Requests of as many events each.</summary>
    public ReadyRequest[] Batches(EventStream stream, int events, int each) =>
        Make("/api/v3/events", stream, events, each, static (json, write) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("events");
            write();
            json.WriteEndArray();
            json.WriteEndObject();
        });

    /// <summary>Requests of one event each.</summary>
    public ReadyRequest[] Singles(EventStream stream, int events) => Make("/api/v3/event", stream, events, 1, static (_, write) => write());

    private ReadyRequest[] Make(string path, EventStream stream, int events, int each, Action<Utf8JsonWriter, Action> wrap)
    {
        var requests = new ReadyRequest[(events + each - 1) / each];
        Parallel.For(0, requests.Length, i =>
        {
            var (from, to) = (i * each, Math.Min(events, (i + 1) * each));
            var body = new ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(body))
            {
                wrap(json, () =>
                {
                    for (var place = from; place < to; place++)
                        WriteEvent(json, stream, place);
                });
            }

            var head = Encoding.ASCII.GetBytes(
                $"POST {path} HTTP/1.1\r\nHost: {stack.Ingestion.Authority}\r\nAuthorization: Bearer {stack.WriteKey}\r\nContent-Type: application/json\r\nContent-Length: {body.WrittenCount}\r\n\r\n");
            requests[i] = new([.. head, .. body.WrittenSpan], head.Length, to - from);
        });
        return requests;
    }

    private static void WriteEvent(Utf8JsonWriter json, EventStream stream, int place)
    {
        json.WriteStartObject();
        json.WriteString("eventId", stream.IdOf(place));
        json.WritePropertyName("params");
        var (type, occurredAt) = stream.Write(place, json);
        json.WriteString("eventTypeKey", type);
        if (occurredAt is { } at)
            json.WriteString("occurredAt", at.UtcDateTime);
        json.WriteEndObject();
    }
}
