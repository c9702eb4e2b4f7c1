using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Http;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.History;

/// <summary>Keeps refused events for the event history.</summary>
internal sealed class RefusedEventStore(NpgsqlDataSource database)
{
    /// <summary>The most refused events that are kept; a flood pushes the oldest out and cannot fill the disk.</summary>
    public const long MaxKept = 1_000_000;

    /// <summary>Adds refusals; one that is there already is left as it is.</summary>
    public async Task AddAsync(IReadOnlyCollection<EventRefusal> refusals, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            insert into segmentation.refused_events (id, event_id, type, key_value, occurred_at, received_at, source, reasons, body)
            select id, event_id, type, key_value, occurred_at, received_at, source, reasons, body
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) as new (id, event_id, type, key_value, occurred_at, received_at, source, reasons, body)
            order by id
            on conflict (id) do nothing
            """);
        command.Parameters.Add(new() { Value = Of(refusals, refusal => refusal.RefusalId) });
        command.Parameters.Add(new() { Value = Of(refusals, refusal => refusal.EventId) });
        command.Parameters.Add(new() { Value = Of(refusals, refusal => refusal.EventType) });
        command.Parameters.Add(new() { Value = Of(refusals, refusal => refusal.KeyValue) });
        command.Parameters.Add(new() { Value = Of(refusals, refusal => refusal.OccurredAt?.ToUniversalTime().TruncateToMicroseconds()) });
        command.Parameters.Add(new() { Value = Of(refusals, refusal => refusal.ReceivedAt.TruncateToMicroseconds()) });
        command.Parameters.Add(new() { Value = Of(refusals, refusal => refusal.Source) });
        command.Parameters.Add(new()
        {
            Value = Of(refusals, refusal => JsonSerializer.Serialize(refusal.Reasons, ApiJson.Answers.IReadOnlyListRefusalDetail)),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text,
        });
        command.Parameters.Add(new() { Value = Of(refusals, refusal => refusal.Body) });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static T[] Of<T>(IReadOnlyCollection<EventRefusal> refusals, Func<EventRefusal, T> member) => [.. refusals.Select(member)];
}
