using System.Text.Json;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Streams;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Contacts.Erasure;

/// <summary>The statements of an erasure, inside its transaction. A person is one contact or, after merges, several.</summary>
internal static class ErasureStore
{
    /// <summary>The most events of others that are rewritten at a time, and that one fact tells of.</summary>
    public const int MaxRewritten = 1_000;

    private static readonly string[] MergeAliases =
        [ContactMergedInto.TypeAlias, ContactMerged.TypeAlias, ContactUnmerged.TypeAlias, ContactSplit.TypeAlias];

    /// <summary>The contacts with which the person is in conflict over an identifier.</summary>
    public static async Task<HashSet<long>> OthersAsync(NpgsqlConnection connection, long[] person, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select distinct other_id from segmentation.conflicts where contact_id = any($1) and other_id <> all($1)
            """, connection);
        command.Parameters.Add(new() { Value = person });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var others = new HashSet<long>();
        while (await reader.ReadAsync(cancellationToken))
            others.Add(reader.GetInt64(0));
        return others;
    }

    /// <summary>Where streams end at this moment.</summary>
    public static async Task<Dictionary<long, long>> VersionsAsync(NpgsqlConnection connection, long[] contacts, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select id, version from public.mt_streams where id = any($1)", connection);
        command.Parameters.Add(new() { Value = contacts.Select(StreamId.Of).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var versions = new Dictionary<long, long>();
        while (await reader.ReadAsync(cancellationToken))
            versions.Add(StreamId.Contact(reader.GetString(0)), reader.GetInt64(1));
        return versions;
    }

    /// <summary>The identifiers that belong to the person.</summary>
    public static async Task<HashSet<IdentifierKey>> HeldAsync(NpgsqlConnection connection, long[] person, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select kind, key from segmentation.identifiers where contact_id = any($1)", connection);
        command.Parameters.Add(new() { Value = person });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var held = new HashSet<IdentifierKey>();
        while (await reader.ReadAsync(cancellationToken))
            held.Add(new(reader.GetString(0), reader.GetString(1)));
        return held;
    }

    /// <summary>The catalogue's samples of the types of which the person has events.</summary>
    public static async Task<HashSet<ShownSample>> SamplesAsync(NpgsqlConnection connection, long[] person, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select p.key, p.name, sample from segmentation.event_type_parameters p, unnest(p.samples) as sample
            where p.key in (select data ->> 'EventType' from public.mt_events where stream_id = any($1) and type = $2)
            """, connection);
        command.Parameters.Add(new() { Value = person.Select(StreamId.Of).ToArray() });
        command.Parameters.Add(new() { Value = EventRecorded.TypeAlias });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var samples = new HashSet<ShownSample>();
        while (await reader.ReadAsync(cancellationToken))
            samples.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        return samples;
    }

    /// <summary>The keys without those that belong to somebody else by now, by a row or as the own id.</summary>
    public static async Task<List<IdentifierKey>> WithoutOthersAsync(
        NpgsqlConnection connection, long[] person, IReadOnlyCollection<IdentifierKey> keys, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            select wanted.kind, wanted.key from unnest($1, $2, $3) as wanted (kind, key, own)
            where not exists (select from segmentation.identifiers i where i.kind = wanted.kind and i.key = wanted.key and i.contact_id <> all($4))
              and not exists (select from segmentation.contacts c where c.id = wanted.own)
            """, connection);
        command.Parameters.Add(new() { Value = keys.Select(key => key.Kind).ToArray() });
        command.Parameters.Add(new() { Value = keys.Select(key => key.Key).ToArray() });
        command.Parameters.Add(new()
        {
            Value = keys.Select(key => key.Kind == IdentifierKind.ContactId && StreamId.TryContact(key.Key, out var own) ? own : 0).ToArray(),
        });
        command.Parameters.Add(new() { Value = person });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var personal = new List<IdentifierKey>();
        while (await reader.ReadAsync(cancellationToken))
            personal.Add(new(reader.GetString(0), reader.GetString(1)));
        return personal;
    }

    /// <summary>Takes the values out of events of other contacts, in their places; at most <see cref="MaxRewritten"/> of them.</summary>
    public static async Task ScrubAsync(NpgsqlConnection connection, FoundEvent[] found, PersonalValues values, CancellationToken cancellationToken)
    {
        var events = new List<(long Sequence, string Data)>();
        await using (var select = new NpgsqlCommand("select seq_id, stream_id, version, timestamp, type, data from public.mt_events where seq_id = any($1)", connection))
        {
            select.Parameters.Add(new() { Value = found.Select(e => e.Sequence).ToArray() });
            await using var reader = await select.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                if (StoredEvent.Read(reader) is { Fact: EventRecorded e } stored)
                    events.Add((stored.Sequence, Scrubbed(e, values)));
            }
        }

        await using var update = new NpgsqlCommand("""
            update public.mt_events e set data = new.data from unnest($1, $2) as new (seq_id, data) where e.seq_id = new.seq_id
            """, connection);
        update.Parameters.Add(new() { Value = events.Select(one => one.Sequence).ToArray() });
        update.Parameters.Add(new() { Value = events.Select(one => one.Data).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Scrubbed(EventRecorded e, PersonalValues values) => System.Text.Encoding.UTF8.GetString(StreamFacts.Write(
        e with { Params = values.TakeOut(e.EventType, e.Params), KeyValue = values.Tells(e.KeyValue) ? null : e.KeyValue }));

    /// <summary>Erases what is kept of the contacts: the content of their streams, their identifiers, fields and conflicts, on both sides.</summary>
    public static async Task EraseAsync(NpgsqlConnection connection, long[] person, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var streams = person.Select(StreamId.Of).ToArray();
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    update public.mt_events set data = '{}', type = $2
                    where type = $3 and data ->> 'OtherContactId' = any($1)
                      and stream_id in (select contact_id::text from segmentation.conflicts where other_id = any($4)
                                        union select other_id::text from segmentation.conflicts where contact_id = any($4))
                    """)
                {
                    Parameters = { new() { Value = streams }, new() { Value = ErasedFact.TypeAlias }, new() { Value = IdentityConflictFound.TypeAlias }, new() { Value = person } },
                },
                // The facts of merges stay: they hold ids only, and whom else they concern is read from them.
                new("""
                    update public.mt_events set data = '{}', bdata = null, type = $2, mt_dotnet_type = null, is_archived = true
                    where stream_id = any($1) and type <> all($3)
                    """)
                {
                    Parameters = { new() { Value = streams }, new() { Value = ErasedFact.TypeAlias }, new() { Value = MergeAliases } },
                },
                new("update public.mt_events set is_archived = true where stream_id = any($1) and type = any($2)")
                {
                    Parameters = { new() { Value = streams }, new() { Value = MergeAliases } },
                },
                new("delete from segmentation.conflicts where contact_id = any($1) or other_id = any($1)") { Parameters = { new() { Value = person } } },
                new("delete from segmentation.list_members where contact_id = any($1)") { Parameters = { new() { Value = person } } },
                new("delete from segmentation.identifiers where contact_id = any($1)") { Parameters = { new() { Value = person } } },
                new("update segmentation.contacts set source = '', fields = '{}', erased = $2 where id = any($1)")
                {
                    Parameters = { new() { Value = person }, new() { Value = now } },
                },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Closes the streams: whoever would append finds them archived and looks again whose the event is.</summary>
    public static async Task ArchiveAsync(NpgsqlConnection connection, long[] person, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("update public.mt_streams set is_archived = true where id = any($1)", connection);
        command.Parameters.Add(new() { Value = person.Select(StreamId.Of).ToArray() });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Takes samples out of the catalogue of event types: those that the person's events show, and those that name the person.</summary>
    public static async Task EraseSamplesAsync(
        NpgsqlConnection connection, IReadOnlyCollection<ShownSample> shown, PersonalValues values, CancellationToken cancellationToken)
    {
        var gone = shown.ToHashSet();
        await using (var select = new NpgsqlCommand("select key, name, sample from segmentation.event_type_parameters, unnest(samples) as sample", connection))
        {
            var cut = values.Telling.Select(value => JsonSerializer.SerializeToElement(value, Http.ApiJson.Answers.String))
                .Select(ParameterCatalogue.Sample).ToHashSet();
            await using var reader = await select.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                if (values.Tells(reader.GetString(2)) || (reader.GetString(2).Length >= ParameterCatalogue.MaxSampleLength - 1 && cut.Contains(reader.GetString(2))))
                    gone.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
            }
        }

        await using var update = new NpgsqlCommand("""
            with gone as (select * from unnest($1, $2, $3) as gone (key, name, sample))
            update segmentation.event_type_parameters p
            set samples = array(select sample from unnest(p.samples) as sample where not exists (
                select from gone where gone.key = p.key and gone.name = p.name and gone.sample = sample.sample))
            where exists (select from gone where gone.key = p.key and gone.name = p.name)
            """, connection);
        update.Parameters.Add(new() { Value = gone.Select(sample => sample.EventType).ToArray() });
        update.Parameters.Add(new() { Value = gone.Select(sample => sample.Parameter).ToArray() });
        update.Parameters.Add(new() { Value = gone.Select(sample => sample.Sample).ToArray() });
        await update.ExecuteNonQueryAsync(cancellationToken);
    }
}
