using System.Text.Json;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Streams;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Segmentation.Contacts.Erasure;

/// <summary>An event of another contact as it is to stand in its place from now on.</summary>
internal sealed record ScrubbedEvent(long Sequence, long ContactId, EventRecorded Fact);

/// <summary>The statements of an erasure, inside its transaction. A person is one contact or, after merges, several.</summary>
internal static class ErasureStore
{
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

    /// <summary>Writes events of other contacts anew, in their places.</summary>
    public static async Task RewriteAsync(NpgsqlConnection connection, List<ScrubbedEvent> events, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("""
            update public.mt_events e set data = new.data from unnest($1, $2) as new (seq_id, data) where e.seq_id = new.seq_id
            """, connection);
        command.Parameters.Add(new() { Value = events.Select(one => one.Sequence).ToArray() });
        command.Parameters.Add(new()
        {
            Value = events.Select(one => System.Text.Encoding.UTF8.GetString(StreamFacts.Write(one.Fact))).ToArray(),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb,
        });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // Row by row and not by SQL, because what is compared is what the matcher compares.
    /// <summary>
    /// Erases events without a contact that are the person's: that they came is still known, by their ids. Out of those of
    /// others it takes the person's values.
    /// </summary>
    public static async Task EraseUnassignedAsync(NpgsqlConnection connection, PersonalValues values, CancellationToken cancellationToken)
    {
        if (values.IsEmpty)
            return;
        var own = new List<Guid>();
        var scrubbed = new List<(Guid Id, string? KeyValue, string Params)>();
        await using (var select = new NpgsqlCommand("select id, type, key_value, params from segmentation.unassigned_events", connection))
        {
            await using var reader = await select.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var (type, keyValue, parameters) = (reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2), JsonElement.Parse(reader.GetFieldValue<byte[]>(3)));
                if (values.Identify(type, parameters))
                    own.Add(reader.GetGuid(0));
                else if (values.Tells(keyValue) || values.AreIn(type, parameters))
                    scrubbed.Add((reader.GetGuid(0), values.Tells(keyValue) ? null : keyValue, values.TakeOut(type, parameters).GetRawText()));
            }
        }

        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("""
                    with gone as (delete from segmentation.unassigned_events where id = any($1) returning id)
                    insert into segmentation.erased_events (id) select id from gone on conflict do nothing
                    """) { Parameters = { new() { Value = own.ToArray() } } },
                new("""
                    update segmentation.unassigned_events e set key_value = new.key_value, params = new.params
                    from unnest($1, $2, $3) as new (id, key_value, params) where e.id = new.id
                    """)
                {
                    Parameters =
                    {
                        new() { Value = scrubbed.Select(one => one.Id).ToArray() },
                        new() { Value = scrubbed.Select(one => one.KeyValue).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                        new() { Value = scrubbed.Select(one => one.Params).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb },
                    },
                },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

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
            var cut = values.Telling.Select(value => JsonSerializer.SerializeToElement(value, Http.ApiJson.Default.String))
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
