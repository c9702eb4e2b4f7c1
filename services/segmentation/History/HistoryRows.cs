using System.Buffers;
using System.Text.Json;
using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.History;

/// <summary>Turns rows of the three places in which events lie into events of the history.</summary>
internal static class HistoryRows
{
    /// <summary>Columns of <c>mt_events</c>, called <c>e</c>.</summary>
    public const string OfStreams = "e.seq_id, e.stream_id, e.version, e.timestamp, e.type, e.data, segmentation.occurred_at(e.data)";

    /// <summary>Columns of the unassigned events.</summary>
    public const string Unassigned = "id, event_id, type, key_value, occurred_at, received_at, recorded_at, import, params::text, reason";

    /// <summary>Columns of the refused events.</summary>
    public const string Refused = "seq, id, event_id, type, key_value, occurred_at, received_at, at, source, reasons, body";

    private const string Unreadable = "the fact in the store cannot be read";

    public static HistoryEvent Read(NpgsqlDataReader reader, HistoryState state) => state switch
    {
        HistoryState.Assigned => ReadAssigned(reader).Event,
        HistoryState.Unassigned => ReadUnassigned(reader),
        _ => ReadRefused(reader).Event,
    };

    public static HistoryDetail ReadDetail(NpgsqlDataReader reader, HistoryState state)
    {
        switch (state)
        {
            case HistoryState.Assigned:
                var (assigned, stored) = ReadAssigned(reader);
                return new(assigned) { Import = (stored.Fact as EventRecorded)?.Import, RecordedAt = stored.RecordedAt, Version = stored.Version };
            case HistoryState.Unassigned:
                return new(ReadUnassigned(reader)) { Import = reader.GetBoolean(7), RecordedAt = reader.GetFieldValue<DateTimeOffset>(6) };
            default:
                var (refused, reasons, body) = ReadRefused(reader);
                return new(refused) { Source = reader.GetString(8), Errors = reasons, Body = body };
        }
    }

    private static (HistoryEvent Event, StoredEvent Stored) ReadAssigned(NpgsqlDataReader reader)
    {
        var stored = StoredEvent.Read(reader);
        var contact = reader.GetString(1);
        var seen = stored.Fact is EventRecorded e
            ? new HistoryEvent(e.EventId, e.EventType, e.KeyValue, contact, "assigned", Reason: null, e.Counts, e.OccurredAt, e.ReceivedAt, e.Params)
            : new HistoryEvent(null, null, null, contact, "assigned", Unreadable, Counts: false, OccurredAt: null, stored.RecordedAt, Params: null);
        return (seen with { Position = new(reader.GetFieldValue<DateTimeOffset>(6), HistoryState.Assigned, stored.Sequence, Guid.Empty) }, stored);
    }

    private static HistoryEvent ReadUnassigned(NpgsqlDataReader reader)
    {
        var occurredAt = reader.GetFieldValue<DateTimeOffset>(4);
        return new(
            reader.GetString(1), reader.GetString(2), Text(reader, 3), ContactId: null, "unassigned", reader.GetString(9), Counts: false,
            occurredAt, reader.GetFieldValue<DateTimeOffset>(5), JsonElement.Parse(reader.GetString(8)))
        {
            Position = new(occurredAt, HistoryState.Unassigned, 0, reader.GetGuid(0)),
        };
    }

    private static (HistoryEvent Event, IReadOnlyList<RefusalDetail> Reasons, string Body) ReadRefused(NpgsqlDataReader reader)
    {
        var reasons = JsonSerializer.Deserialize(reader.GetString(9), ApiJson.Answers.IReadOnlyListRefusalDetail)!;
        var body = reader.GetString(10);
        var seen = new HistoryEvent(
            Text(reader, 2), Text(reader, 3), Text(reader, 4), ContactId: null, "refused",
            string.Join("; ", reasons.Select(reason => reason.Pointer.Length == 0 ? reason.Detail : $"{reason.Pointer}: {reason.Detail}")), Counts: false,
            reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5), reader.GetFieldValue<DateTimeOffset>(6), Params(body))
        {
            RefusalId = reader.GetString(1),
            Position = new(reader.GetFieldValue<DateTimeOffset>(7), HistoryState.Refused, reader.GetInt64(0), Guid.Empty),
        };
        return (seen, reasons, body);
    }

    // Whatever was wrong with the event may be wrong with its parameters.
    private static JsonElement? Params(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("params", out var parameters))
                return null;

            // Texts are looked at only when they are written, so what cannot be answered shows here.
            using var writer = new Utf8JsonWriter(new ArrayBufferWriter<byte>());
            parameters.WriteTo(writer);
            return parameters.Clone();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
