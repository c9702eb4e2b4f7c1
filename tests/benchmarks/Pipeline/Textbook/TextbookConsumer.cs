using System.Diagnostics;
using MassTransit;

namespace EventSegmentation.Benchmarks.Pipeline.Textbook;

/// <summary>Stores each event as it comes, one transaction each, and notes when it was there.</summary>
internal sealed class TextbookConsumer(TextbookStore store, long[] storedAt) : IConsumer<TextbookEvent>
{
    public async Task Consume(ConsumeContext<TextbookEvent> context)
    {
        await store.InsertAsync(context.Message);
        Volatile.Write(ref storedAt[context.Message.Place], Stopwatch.GetTimestamp());
    }
}
