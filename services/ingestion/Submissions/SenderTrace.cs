using System.Diagnostics;
using System.Text;
using RabbitMQ.Client;

namespace EventSegmentation.Ingestion.Submissions;

/// <summary>The trace context that a sender put into the headers: W3C names, or MassTransit's.</summary>
internal static class SenderTrace
{
    private const string W3C = "traceparent";
    private const string W3CState = "tracestate";
    private const string MassTransit = "MT-Activity-Id";

    /// <summary>The context, or the empty one if there is none or it is not well-formed.</summary>
    public static ActivityContext Of(IReadOnlyBasicProperties properties) =>
        ActivityContext.TryParse(Text(properties, W3C) ?? Text(properties, MassTransit), Text(properties, W3CState), isRemote: true, out var context)
            ? context
            : default;

    private static string? Text(IReadOnlyBasicProperties properties, string header) =>
        properties.Headers is { } headers && headers.TryGetValue(header, out var value)
            ? value switch
            {
                byte[] bytes => Encoding.UTF8.GetString(bytes),
                string text => text,
                _ => null,
            }
            : null;
}
