using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Ledger;

/// <summary>A transition as it is read back, with its place in the ledger and the segment's present names.</summary>
internal sealed record LedgerRow(long Position, LedgerEntry Entry, string SegmentKey, string SegmentName)
{
    /// <summary>What <see cref="Read"/> takes, of the ledger as <c>l</c> and segments as <c>s</c>.</summary>
    public const string Columns = """
        l.position, l.contact_id, l.number, l.segment_id, l.version, l.entered, l.at, l.cause, l.cause_event_id, l.change_id,
        l.trace_parent, s.key, s.name
        """;

    public static LedgerRow Read(NpgsqlDataReader reader) => new(
        reader.GetInt64(0),
        new(
            reader.GetInt64(1),
            reader.GetInt64(2),
            reader.GetInt64(3),
            reader.GetInt32(4),
            reader.GetBoolean(5),
            reader.GetFieldValue<DateTimeOffset>(6),
            reader.GetString(7),
            reader.IsDBNull(8) ? null : reader.GetString(8),
            reader.IsDBNull(9) ? null : reader.GetGuid(9),
            reader.IsDBNull(10) ? null : reader.GetString(10)),
        reader.GetString(11),
        reader.GetString(12));

    /// <summary>What is told of the transition, with the contact's present identifiers.</summary>
    public SegmentTransition Transition(IEnumerable<ContactIdentifier> identifiers) => new()
    {
        TransitionId = Entry.TransitionId,
        ContactId = StreamId.Of(Entry.ContactId),
        Identifiers = [.. identifiers],
        SegmentKey = SegmentKey,
        SegmentName = SegmentName,
        Version = Entry.Version,
        Kind = Entry.Entered ? TransitionKind.Entered : TransitionKind.Exited,
        At = Entry.At,
        Number = Entry.Number,
        Cause = Entry.Cause,
        CauseEventId = Entry.CauseEventId,
        ChangeId = Entry.ChangeId,
        Position = Position,
    };
}
