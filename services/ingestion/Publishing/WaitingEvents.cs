using System.Diagnostics;
using EventSegmentation.Contracts;
using EventSegmentation.Ingestion.Normalizing;

namespace EventSegmentation.Ingestion.Publishing;

/// <summary>The events of one request, and the caller who waits for them.</summary>
internal sealed class WaitingEvents(IReadOnlyList<NormalizedEvent> events, ActivityContext request)
{
    /// <summary>What the members of an event besides its params and texts take in a message, about.</summary>
    private const int BytesAroundParams = 200;

    private readonly TaskCompletionSource<PublishOutcome> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<NormalizedEvent> Events { get; } = events;

    public ActivityContext Request { get; } = request;

    /// <summary>About what the events take in a message, in bytes.</summary>
    public int Bytes { get; } = events.Sum(one =>
        BytesAroundParams + RawJson.Of(one.Params).Length + one.EventType.Length + one.EventId.Length + (one.KeyValue?.Length ?? 0));

    public Task<PublishOutcome> Outcome => _answer.Task;

    public void Answer(PublishOutcome outcome) => _answer.TrySetResult(outcome);
}
