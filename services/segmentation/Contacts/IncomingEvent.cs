using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>An event on its way to a stream.</summary>
/// <param name="TraceParent">The W3C trace context that the recorded event carries on; null if nobody records the trace.</param>
internal sealed record IncomingEvent(NormalizedEvent Event, string? TraceParent)
{
    /// <summary>The store's id of the event.</summary>
    public Guid Id { get; } = EventIdentity.Of(Event.EventId);

    /// <summary>The rules that <see cref="Identifiers"/> were read by.</summary>
    public IReadOnlyList<MatchingRule> Rules { get; private init; } = [];

    /// <summary>Its identifiers, highest rank first.</summary>
    public IReadOnlyList<Identifier> Identifiers { get; private init; } = IdentifierTable.Read(Event.Params, []);

    /// <summary>The same event, its identifiers read by other rules.</summary>
    public IncomingEvent Under(IReadOnlyList<MatchingRule> rules) =>
        rules.SequenceEqual(Rules) ? this : this with { Rules = rules, Identifiers = IdentifierTable.Read(Event.Params, rules) };
}
