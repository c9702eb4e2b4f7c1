using EventSegmentation.Contracts;
using MassTransit;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>Takes imports from the broker. A batch is acknowledged when it is committed, and not before.</summary>
internal sealed class ImportsConsumer(ImportQueue queue) : IConsumer<ImportsNormalized>
{
    public Task Consume(ConsumeContext<ImportsNormalized> context) =>
        queue.AppendAsync(context.Message.Events, context.CancellationToken);
}
