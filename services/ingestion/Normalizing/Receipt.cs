namespace EventSegmentation.Ingestion.Normalizing;

/// <summary>What ingestion knows about a request besides its body.</summary>
/// <param name="ReceivedAt">The time of receipt; events without an instant of their own occurred then.</param>
/// <param name="Import">True for the past-events call.</param>
/// <param name="MakeId">Makes the id of the event at an index, for an event that brings none.</param>
internal sealed record Receipt(DateTimeOffset ReceivedAt, bool Import, Func<int, string> MakeId)
{
    /// <summary>The only event types that the sender may send; null for all of them.</summary>
    public IReadOnlySet<string>? EventTypes { get; init; }
}
