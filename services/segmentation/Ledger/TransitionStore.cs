using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Ledger;

/// <summary>A transition as the API shows it: the message without the contact's identifiers.</summary>
/// <param name="Position">The place in the ledger, by which lists go on.</param>
internal sealed record TransitionView(
    Guid TransitionId, string ContactId, string SegmentKey, string SegmentName, int Version, string Kind, DateTimeOffset At, long Number,
    string Cause, string? CauseEventId, Guid? ChangeId, long Position)
{
    public static TransitionView Of(LedgerRow row) => new(
        row.Entry.TransitionId, StreamId.Of(row.Entry.ContactId), row.SegmentKey, row.SegmentName, row.Entry.Version,
        row.Entry.Entered ? TransitionKind.Entered : TransitionKind.Exited, row.Entry.At, row.Entry.Number, row.Entry.Cause,
        row.Entry.CauseEventId, row.Entry.ChangeId, row.Position);
}

/// <summary>Reads the ledger for people and for subscribers that were away.</summary>
internal sealed class TransitionStore(NpgsqlDataSource database)
{
    /// <summary>A contact's transitions after a number, in order.</summary>
    public Task<List<TransitionView>> OfContactAsync(long contact, long afterNumber, int limit, CancellationToken cancellationToken) =>
        ReadAsync("l.contact_id = $1 and l.number > $2 order by l.number", contact, afterNumber, limit, cancellationToken);

    /// <summary>All transitions after a position, in order.</summary>
    public Task<List<TransitionView>> AfterAsync(long position, int limit, CancellationToken cancellationToken) =>
        ReadAsync("$1 = 0 and l.position > $2 order by l.position", of: 0, position, limit, cancellationToken);

    /// <summary>A segment's transitions after a position, in order.</summary>
    public Task<List<TransitionView>> OfSegmentAsync(long segment, long afterPosition, int limit, CancellationToken cancellationToken) =>
        ReadAsync("l.segment_id = $1 and l.position > $2 order by l.position", segment, afterPosition, limit, cancellationToken);

    private async Task<List<TransitionView>> ReadAsync(string where, long of, long after, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"select {LedgerRow.Columns} from segmentation.ledger l join segmentation.segments s on s.id = l.segment_id where l.number is not null and {where} limit $3");
        command.Parameters.Add(new() { Value = of });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<TransitionView>();
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(TransitionView.Of(LedgerRow.Read(reader)));
        return rows;
    }
}
