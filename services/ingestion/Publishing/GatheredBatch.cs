using System.Diagnostics;
using EventSegmentation.Contracts;

namespace EventSegmentation.Ingestion.Publishing;

/// <summary>
/// The requests that go out in one message. A request is never split, so it is published wholly or not at
/// all; one that is larger than the limits goes alone.
/// </summary>
internal sealed class GatheredBatch(int maxEvents, int maxBytes)
{
    private readonly List<WaitingEvents> _requests = [];
    private int _bytes;

    /// <summary>The events of all requests.</summary>
    public int Count { get; private set; }

    public IReadOnlyList<WaitingEvents> Requests => _requests;

    public bool IsFull => Count >= maxEvents || _bytes >= maxBytes;

    /// <summary>False, and nothing changed, if the request must wait for the next message.</summary>
    public bool TryAdd(WaitingEvents request)
    {
        if (_requests.Count > 0 && (Count + request.Events.Count > maxEvents || _bytes + request.Bytes > maxBytes))
            return false;

        _requests.Add(request);
        Count += request.Events.Count;
        _bytes += request.Bytes;
        return true;
    }

    /// <summary>All events, in the order of their requests.</summary>
    public IReadOnlyList<NormalizedEvent> Events() => [.. _requests.SelectMany(request => request.Events)];

    /// <summary>The traces that end in this message, each once.</summary>
    public IReadOnlyList<ActivityContext> Traces() =>
        [.. _requests.Select(request => request.Request).Where(context => context != default).Distinct()];

    public void Answer(PublishOutcome outcome)
    {
        foreach (var request in _requests)
            request.Answer(outcome);
    }
}
