using System.Text;
using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Ingestion.Calls;
using EventSegmentation.Ingestion.Normalizing;
using RabbitMQ.Client;

namespace EventSegmentation.Ingestion.Submissions;

/// <summary>Puts what was refused where an operator finds it, with the reason beside it.</summary>
/// <param name="channel">A channel with publisher confirms, of the connection that delivered the submission.</param>
/// <param name="timeout">How long a confirm may take.</param>
internal sealed class RefusedQueue(IChannel channel, TimeSpan timeout)
{
    /// <summary>A header must fit into one frame of the protocol, so the errors of a large batch are cut.</summary>
    private const int MaxErrorsInHeader = 50;

    /// <summary>The longest text of a property that the protocol has, in UTF-8 bytes.</summary>
    private const int ShortTextBytes = 255;

    /// <summary>Keeps a whole submission. Returns when the broker has confirmed it.</summary>
    public Task PutAsync(ReadOnlyMemory<byte> body, IReadOnlyBasicProperties original, IReadOnlyList<FieldError> errors) =>
        PutAsync(body, original.ContentType, original.ContentEncoding, original.MessageId, errors);

    /// <summary>Keeps one event of a submission of which others were accepted, in the form of a single event, with pointers into it.</summary>
    public Task PutAsync(RefusedEvent refused, IReadOnlyBasicProperties original) =>
        PutAsync(refused.Json, SubmissionReader.Json, null, original.MessageId,
            [.. refused.Errors.Select(error => error with { Pointer = error.Pointer[refused.Pointer.Length..] })]);

    private async Task PutAsync(ReadOnlyMemory<byte> body, string? contentType, string? contentEncoding, string? messageId, IReadOnlyList<FieldError> errors)
    {
        var problem = Problem.Of(
            StatusCodes.Status422UnprocessableEntity, $"Refused for {errors.Count} reasons; errors has up to {MaxErrorsInHeader} of them.", [.. errors.Take(MaxErrorsInHeader)]);
        var properties = new BasicProperties
        {
            Persistent = true,
            ContentType = Short(contentType),
            ContentEncoding = Short(contentEncoding),
            MessageId = Short(messageId),
            Headers = new Dictionary<string, object?>
            {
                [BrokerNames.ProblemHeader] = JsonSerializer.SerializeToUtf8Bytes(problem, IngestionJson.Answers.Problem),
            },
        };
        using var cancel = new CancellationTokenSource(timeout);

        // The client may not notice the cancellation: not while it waits for a broker that is gone.
        await channel.BasicPublishAsync(exchange: "", BrokerNames.RefusedQueue, mandatory: true, properties, body, cancel.Token).AsTask().WaitAsync(cancel.Token);
    }

    // Bytes that are no UTF-8 are read as characters that take more bytes; what is over the limit could not be sent.
    private static string? Short(string? text)
    {
        if (text is null || Encoding.UTF8.GetByteCount(text) <= ShortTextBytes)
            return text;
        var bytes = 0;
        return string.Concat(text.EnumerateRunes().TakeWhile(rune => (bytes += rune.Utf8SequenceLength) <= ShortTextBytes));
    }
}
