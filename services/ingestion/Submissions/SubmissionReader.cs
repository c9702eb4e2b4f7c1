using System.Net.Mime;
using EventSegmentation.Ingestion.Normalizing;

namespace EventSegmentation.Ingestion.Submissions;

/// <summary>Reads the body of a submission by its content type: plain JSON in either HTTP shape, or a MassTransit envelope around one.</summary>
internal static class SubmissionReader
{
    public const string Json = "application/json";
    public const string MassTransit = "application/vnd.masstransit+json";

    public static RequestReading Read(string? contentType, string? contentEncoding, ReadOnlyMemory<byte> body, Receipt receipt)
    {
        if (Shape(contentType) is not { } shape)
            return new RequestReading.Unreadable(new FieldError("", $"the content type must be {Json} or {MassTransit}, in UTF-8")
            {
                Reason = RefusalReason.ContentType,
            });
        if (contentEncoding is { Length: > 0 } && !contentEncoding.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            return new RequestReading.Unreadable(new FieldError("", "the body must not be encoded or compressed")
            {
                Reason = RefusalReason.ContentType,
            });
        return body.Length > IntakeLimits.BatchRequestBytes
            ? new RequestReading.Unreadable(new FieldError("", $"a message may have up to {IntakeLimits.BatchRequestBytes} bytes; {body.Length} came")
            {
                Reason = RefusalReason.TooLarge,
            })
            : RequestReader.Read(body, shape, receipt);
    }

    private static RequestShape? Shape(string? contentType)
    {
        ContentType parsed;
        try
        {
            parsed = new ContentType(contentType ?? "");
        }
        catch (Exception wrong) when (wrong is FormatException or ArgumentException)
        {
            return null;
        }

        if (parsed.CharSet is { } charset && !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            return null;
        return parsed.MediaType.ToLowerInvariant() switch
        {
            Json => RequestShape.Either,
            MassTransit => RequestShape.Envelope,
            _ => null,
        };
    }
}
