using EventSegmentation.Contracts;

namespace EventSegmentation.Ingestion.Normalizing;

/// <summary>What became of one event of a request.</summary>
internal abstract record EventVerdict
{
    private EventVerdict()
    {
    }

    /// <summary>It is good, and may be published.</summary>
    public sealed record Accepted(NormalizedEvent Event) : EventVerdict;

    /// <summary>It is refused.</summary>
    /// <param name="EventId">The sender's id, if it gave one that is acceptable.</param>
    /// <param name="Errors">Why; at least one.</param>
    public sealed record Refused(string? EventId, IReadOnlyList<FieldError> Errors) : EventVerdict
    {
        /// <summary>The event type, if it is acceptable.</summary>
        public string? EventType { get; init; }

        /// <summary>The sender's uniqueness key, if it gave one that is acceptable.</summary>
        public string? KeyValue { get; init; }

        /// <summary>When it happened, if it says so and that can be read.</summary>
        public DateTimeOffset? OccurredAt { get; init; }
    }
}
