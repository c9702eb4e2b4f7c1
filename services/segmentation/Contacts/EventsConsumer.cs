using EventSegmentation.Contracts;
using MassTransit;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>Takes batches from the broker. A batch is acknowledged when it is committed, and not before.</summary>
internal sealed class EventsConsumer(AppendQueue queue) : IConsumer<EventsNormalized>
{
    public Task Consume(ConsumeContext<EventsNormalized> context) =>
        queue.AppendAsync(context.Message.Events, context.CancellationToken);
}
