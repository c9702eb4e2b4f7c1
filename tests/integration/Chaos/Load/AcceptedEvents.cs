using System.Collections.Concurrent;

namespace EventSegmentation.IntegrationTests.Chaos.Load;

/// <summary>
/// The simulation's own account of what it sent and what was accepted, kept apart from the system. An event of which no answer came may
/// be in the store or not; one that was accepted must be.
/// </summary>
internal sealed class AcceptedEvents
{
    private readonly ConcurrentDictionary<string, SentEvent> _sent = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _accepted = new(StringComparer.Ordinal);

    /// <summary>All that was ever sent, by id.</summary>
    public IReadOnlyDictionary<string, SentEvent> Sent => _sent;

    public int AcceptedCount => _accepted.Count;

    public bool IsAccepted(string id) => _accepted.ContainsKey(id);

    /// <summary>To be called before they are sent for the first time.</summary>
    public void Send(IEnumerable<SentEvent> events)
    {
        foreach (var one in events)
            _sent[one.Id] = one;
    }

    /// <summary>They were answered with 202, or confirmed by the broker.</summary>
    public void Accept(IEnumerable<SentEvent> events)
    {
        foreach (var one in events)
            _accepted[one.Id] = 0;
    }
}
