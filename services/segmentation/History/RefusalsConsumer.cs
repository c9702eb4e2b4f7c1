using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Schema;
using MassTransit;
using Polly;
using Polly.Retry;

namespace EventSegmentation.Segmentation.History;

/// <summary>Takes from the broker what ingestion refused. Waits for the database while it is away.</summary>
internal sealed class RefusalsConsumer(StartUp startUp, RefusedEventStore store) : IConsumer<EventsRefused>
{
    /// <summary>Messages that are handed to this replica at one time; they are written one after the other.</summary>
    public const int Prefetch = 4;

    private static readonly ResiliencePipeline Retry = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            Name = "refusals",
            ShouldHandle = args => ValueTask.FromResult(
                args.Outcome.Exception is { } exception and not OperationCanceledException && !DatabaseFaults.IsData(exception)),
            MaxRetryAttempts = int.MaxValue,
            Delay = TimeSpan.FromMilliseconds(100),
            MaxDelay = TimeSpan.FromSeconds(5),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .Build();

    public async Task Consume(ConsumeContext<EventsRefused> context)
    {
        await startUp.WaitAsync(context.CancellationToken);
        await Retry.ExecuteAsync(async cancellation => await store.AddAsync(context.Message.Events, cancellation), context.CancellationToken);
    }
}
