using System.Buffers;
using System.Text.Json;
using EventSegmentation.Contracts;
using RabbitMQ.Client;

namespace EventSegmentation.Segmentation.Ledger;

/// <summary>
/// A transition as consumers that use MassTransit receive it: the plain JSON in the envelope of that library, on the exchanges
/// that it declares for the messages' types. Written here, because going through its bus was most of what publishing cost.
/// </summary>
internal static class TransitionEnvelope
{
    public const string ContentType = "application/vnd.masstransit+json";

    // Consumers carry a trace on from this header.
    private const string TraceHeader = "MT-Activity-Id";

    private const string Namespace = $"{nameof(EventSegmentation)}.{nameof(Contracts)}:";
    private const string Either = Namespace + nameof(SegmentTransition);

    /// <summary>The exchange of one kind of transitions.</summary>
    public static string Exchange(string kind) => Namespace + (kind == TransitionKind.Entered ? nameof(SegmentEntered) : nameof(SegmentExited));

    /// <summary>Declares the exchanges as the library does: those of the two kinds lead to that of their base.</summary>
    public static async Task DeclareAsync(IChannel channel, CancellationToken cancellationToken)
    {
        await channel.ExchangeDeclareAsync(Either, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: cancellationToken);
        foreach (var kind in (string[])[TransitionKind.Entered, TransitionKind.Exited])
        {
            await channel.ExchangeDeclareAsync(Exchange(kind), ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: cancellationToken);
            await channel.ExchangeBindAsync(Either, Exchange(kind), routingKey: "", cancellationToken: cancellationToken);
        }
    }

    /// <summary>The envelope, UTF-8.</summary>
    /// <param name="transition">What <paramref name="message"/> says.</param>
    /// <param name="message">The plain JSON form.</param>
    /// <param name="traceParent">The trace that consumers carry on; null if nobody records it.</param>
    public static byte[] Write(SegmentTransition transition, ReadOnlySpan<byte> message, DateTimeOffset sentAt, string? traceParent)
    {
        var envelope = new ArrayBufferWriter<byte>(message.Length + 512);
        using (var json = new Utf8JsonWriter(envelope))
        {
            json.WriteStartObject();
            json.WriteString("messageId", transition.TransitionId);
            json.WriteString("conversationId", transition.TransitionId);
            json.WriteStartArray("messageType");
            json.WriteStringValue($"urn:message:{Exchange(transition.Kind)}");
            json.WriteStringValue($"urn:message:{Either}");
            json.WriteEndArray();
            json.WritePropertyName("message");
            json.WriteRawValue(message, skipInputValidation: true);
            json.WriteString("sentTime", sentAt.UtcDateTime);
            json.WriteStartObject("headers");
            if (traceParent is not null)
                json.WriteString(TraceHeader, traceParent);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return envelope.WrittenSpan.ToArray();
    }
}
