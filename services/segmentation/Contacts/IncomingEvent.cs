using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>An event on its way to a stream.</summary>
/// <param name="TraceParent">The W3C trace context that the recorded event carries on; null if nobody records the trace.</param>
internal sealed record IncomingEvent(NormalizedEvent Event, string? TraceParent)
{
    /// <summary>The store's id of the event.</summary>
    public Guid Id { get; } = EventIdentity.Of(Event.EventId);

    /// <summary>Its identifiers, highest rank first.</summary>
    public IReadOnlyList<Identifier> Identifiers { get; } = IdentifierTable.Read(Event.Params);
}
