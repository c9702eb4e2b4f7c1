using System.Data;
using System.IO.Pipelines;
using System.Text.Json;
using EventSegmentation.Segmentation.Contacts.Fields;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts.Export;

/// <summary>
/// Everything about one contact as one JSON document, written as it is read: the facts of its stream, the card that they
/// make, its memberships and its transitions; and the same of every contact that is merged into it. One snapshot, so
/// the parts agree.
/// </summary>
internal sealed class ContactExport(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>How many bytes wait at most before they are sent.</summary>
    public const int FlushBytes = 64 * 1024;

    public async Task WriteAsync(long contact, PipeWriter to, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using var json = new Utf8JsonWriter(to);
        var person = (await PersonStore.ReadAsync(connection, [contact], cancellationToken)).Person(contact).ToArray();
        json.WriteStartObject();
        json.WriteString("exported", time.GetUtcNow());
        await WriteAsync(connection, contact, json, to, cancellationToken);
        json.WriteStartArray("mergedContacts");
        foreach (var merged in person.Skip(1))
        {
            json.WriteStartObject();
            await WriteAsync(connection, merged, json, to, cancellationToken);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
        await to.FlushAsync(cancellationToken);
    }

    private static async Task WriteAsync(
        NpgsqlConnection connection, long contact, Utf8JsonWriter json, PipeWriter to, CancellationToken cancellationToken)
    {
        json.WriteString("contactId", StreamId.Of(contact));
        var content = ContactContent.None;
        json.WriteStartArray("facts");
        await foreach (var fact in ContactExportStore.FactsAsync(connection, contact, cancellationToken))
        {
            content = content.After(StreamFacts.Read(fact.Type, fact.Data), fact.RecordedAt);
            Write(json, fact);
            await FlushAsync(json, to, cancellationToken);
        }

        json.WriteEndArray();
        Write(json, content, await ContactExportStore.FieldTypesAsync(connection, cancellationToken));

        json.WriteStartArray("segments");
        foreach (var membership in await ContactExportStore.SegmentsAsync(connection, contact, cancellationToken))
            JsonSerializer.Serialize(json, membership, ApiJson.Answers.SegmentMembership);
        json.WriteEndArray();

        json.WriteStartArray("transitions");
        await foreach (var row in ContactExportStore.TransitionsAsync(connection, contact, cancellationToken))
        {
            JsonSerializer.Serialize(json, TransitionView.Of(row), ApiJson.Answers.TransitionView);
            await FlushAsync(json, to, cancellationToken);
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ExportedFact fact)
    {
        json.WriteStartObject();
        json.WriteNumber("version", fact.Version);
        json.WriteString("recordedAt", fact.RecordedAt);
        json.WriteString("type", fact.Type);
        json.WritePropertyName("data");
        json.WriteRawValue(fact.Data);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ContactContent content, IReadOnlyDictionary<string, string> types)
    {
        json.WriteStartObject("card");
        json.WriteString("source", content.Source);
        if (content.Created is { } created)
            json.WriteString("created", created);
        json.WriteStartArray("identifiers");
        foreach (var identifier in content.Identifiers)
            JsonSerializer.Serialize(json, new Contracts.ContactIdentifier(identifier.Kind, identifier.Value), ApiJson.Answers.ContactIdentifier);
        json.WriteEndArray();
        json.WritePropertyName("fields");
        CardFields.Of(content.Fields, content.Identifiers.Select(identifier => new Identifier(identifier.Kind, identifier.Value)), types).WriteTo(json);
        json.WriteStartArray("conflicts");
        foreach (var conflict in content.Conflicts)
            JsonSerializer.Serialize(json, conflict, ApiJson.Answers.ConflictView);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static async Task FlushAsync(Utf8JsonWriter json, PipeWriter to, CancellationToken cancellationToken)
    {
        if (json.BytesPending + to.UnflushedBytes < FlushBytes)
            return;
        json.Flush();
        await to.FlushAsync(cancellationToken);
    }
}
