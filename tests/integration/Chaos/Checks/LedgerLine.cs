using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos.Checks;

/// <summary>A line of the ledger.</summary>
internal sealed record LedgerLine(long Position, long ContactId, long Number, string Segment, bool Entered, DateTimeOffset At, string Cause, string? CauseEventId)
{
    /// <summary>All that are told of, in the order of their positions.</summary>
    public static async Task<IReadOnlyList<LedgerLine>> ReadAsync(NpgsqlDataSource store)
    {
        await using var command = store.CreateCommand("""
            select l.position, l.contact_id, l.number, s.key, l.entered, l.at, l.cause, l.cause_event_id
            from segmentation.ledger l join segmentation.segments s on s.id = l.segment_id
            where l.number is not null order by l.position
            """);
        command.CommandTimeout = 600;
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<LedgerLine>();
        while (await reader.ReadAsync())
        {
            lines.Add(new(
                reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetString(3), reader.GetBoolean(4),
                reader.GetFieldValue<DateTimeOffset>(5), reader.GetString(6), reader.IsDBNull(7) ? null : reader.GetString(7)));
        }

        return lines;
    }

    public override string ToString() =>
        $"contact {ContactId} {(Entered ? "entered" : "left")} {Segment} at {At:O} (number {Number}, position {Position}, cause {Cause}{(CauseEventId is null ? "" : $" {CauseEventId}")})";
}
