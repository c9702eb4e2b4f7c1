using System.Text.Json;
using System.Text.Json.Serialization;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.EventTypes;

/// <summary>Reads the catalogue of event types for people.</summary>
internal sealed class EventTypeViewStore(NpgsqlDataSource database)
{
    /// <summary>How many of a type's latest events distinct values are counted among.</summary>
    public const int DistinctAmong = 1_000;

    // The installation's rule too: what it names identifies a person in every type.
    private const string Select = """
        select t.key, t.is_on, t.events, t.counted, t.first_seen, t.last_seen,
               array(select i.starts from segmentation.event_type_intervals i where i.key = t.key order by i.starts),
               array(select i.ends from segmentation.event_type_intervals i where i.key = t.key order by i.starts),
               r.is_on, r.contact_field, r.parameter,
               (select all_types.parameter from segmentation.matching_rules all_types where all_types.event_type = ''),
               coalesce(array_agg(p.name order by p.name) filter (where p.name is not null), '{}'),
               coalesce(array_agg(array_to_string(p.kinds, ',') order by p.name) filter (where p.name is not null), '{}'),
               coalesce(array_agg(to_jsonb(p.samples)::text order by p.name) filter (where p.name is not null), '{}'),
               coalesce(array_agg(p.last_seen order by p.name) filter (where p.name is not null), '{}')
        from segmentation.event_types t
        left join segmentation.matching_rules r on r.event_type = t.key
        left join segmentation.event_type_parameters p on p.key = t.key
        """;

    /// <summary>Types after a key, in the order of keys.</summary>
    public async Task<List<EventTypeView>> ListAsync(string after, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"{Select} where t.key > $1 group by t.key, r.event_type order by t.key limit $2");
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>One type, or null if it was neither seen nor switched, or came when the catalogue was full.</summary>
    public async Task<EventTypeView?> FindAsync(string key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"{Select} where t.key = $1 group by t.key, r.event_type");
        command.Parameters.Add(new() { Value = key });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>
    /// How many different values each parameter has among the latest <see cref="DistinctAmong"/> events of a type that belong
    /// to contacts, and how many events those are. A hint at what is worth a condition: 2 of 1,000 is a choice, 1,000 of 1,000 an id.
    /// </summary>
    public async Task<(int Among, IReadOnlyDictionary<string, int> Values)> DistinctAsync(string key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"""
            with latest as (
                select data -> 'Params' as params from public.mt_events
                where type = '{EventRecorded.TypeAlias}' and data ->> 'EventType' = $1
                order by segmentation.occurred_at(data) desc, seq_id desc limit $2
            )
            select null, count(*)::int from latest
            union all
            select parameter.key, count(distinct parameter.value)::int from latest, jsonb_each(latest.params) as parameter
            where parameter.value <> 'null' group by parameter.key
            """);
        command.Parameters.Add(new() { Value = key });
        command.Parameters.Add(new() { Value = DistinctAmong });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var among = 0;
        var values = new Dictionary<string, int>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.IsDBNull(0))
                among = reader.GetInt32(1);
            else
                values.Add(reader.GetString(0), reader.GetInt32(1));
        }

        return (among, values);
    }

    private static async Task<List<EventTypeView>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var types = new List<EventTypeView>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var starts = reader.GetFieldValue<DateTimeOffset[]>(6);
            var ends = reader.GetFieldValue<DateTimeOffset?[]>(7);
            var rule = reader.IsDBNull(8) ? null : new MatchingRule(reader.GetBoolean(8), reader.GetString(9), reader.GetString(10));
            string?[] named = [rule?.Parameter, reader.IsDBNull(11) ? null : reader.GetString(11)];
            types.Add(new(
                reader.GetString(0),
                reader.GetBoolean(1),
                reader.GetInt64(2),
                reader.GetInt64(3),
                reader.IsDBNull(4) ? null : reader.GetFieldValue<DateTimeOffset>(4),
                reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5),
                [.. starts.Zip(ends, (from, to) => new IntervalView(from, to))],
                rule,
                Parameters(reader, name => IdentifierTable.Has(name) || named.Contains(name, StringComparer.OrdinalIgnoreCase))));
        }

        return types;
    }

    private static ParameterView[] Parameters(NpgsqlDataReader reader, Func<string, bool> identifies)
    {
        var names = reader.GetFieldValue<string[]>(12);
        var kinds = reader.GetFieldValue<string[]>(13);
        var samples = reader.GetFieldValue<string[]>(14);
        var lastSeen = reader.GetFieldValue<DateTimeOffset[]>(15);
        return
        [
            .. names.Select((name, i) => new ParameterView(
                name,
                kinds[i].Split(','),
                identifies(name) ? [] : JsonSerializer.Deserialize(samples[i], EventTypeJson.Default.StringArray)!,
                lastSeen[i])),
        ];
    }
}

[JsonSerializable(typeof(string[]))]
internal sealed partial class EventTypeJson : JsonSerializerContext;
