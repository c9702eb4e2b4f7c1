using EventSegmentation.Contracts;
using Npgsql;

namespace EventSegmentation.Segmentation.EventTypes;

/// <summary>The statements by which the matcher reads switches and keeps the catalogue of event types.</summary>
internal static class EventTypeStore
{
    /// <summary>The most parameters kept of one type; later names are not catalogued.</summary>
    public const int MaxParameters = 200;

    /// <summary>The most sample values kept of one parameter.</summary>
    public const int MaxSamples = 5;

    /// <summary>Reads the switches of types; <see cref="ReadSwitchesAsync"/> takes its rows.</summary>
    public static NpgsqlBatchCommand SwitchesCommand(string[] types) => new("""
        select t.key, t.is_on, i.starts, i.ends from segmentation.event_types t
        left join segmentation.event_type_intervals i on i.key = t.key
        where t.key = any($1)
        """)
    {
        Parameters = { new() { Value = types } },
    };

    public static async Task<Dictionary<string, TypeSwitch>> ReadSwitchesAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var switches = new Dictionary<string, TypeSwitch>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            var key = reader.GetString(0);
            var known = switches.GetValueOrDefault(key) ?? new(reader.GetBoolean(1), []);
            if (!reader.IsDBNull(2))
            {
                var interval = new SwitchInterval(
                    reader.GetFieldValue<DateTimeOffset>(2), reader.IsDBNull(3) ? null : reader.GetFieldValue<DateTimeOffset>(3));
                known = known with { Intervals = [.. known.Intervals, interval] };
            }

            switches[key] = known;
        }

        return switches;
    }

    /// <summary>
    /// Registers the types of new events, counts them, and notes new parameters. To be the last statements of the
    /// transaction, because the rows are hot; in the order of keys, so that two writers cannot wait for each other.
    /// </summary>
    public static async Task WriteAsync(
        NpgsqlConnection connection, IEnumerable<NormalizedEvent> events, IReadOnlyCollection<SeenParameter> parameters, CancellationToken cancellationToken)
    {
        var types = events.GroupBy(e => e.EventType).OrderBy(type => type.Key, StringComparer.Ordinal).ToArray();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new("""
            insert into segmentation.event_types as known (key, first_seen, last_seen, events)
            select key, first_seen, last_seen, events from unnest($1, $2, $3, $4) as seen (key, first_seen, last_seen, events)
            on conflict (key) do update set
                first_seen = least(known.first_seen, excluded.first_seen),
                last_seen = greatest(known.last_seen, excluded.last_seen),
                events = known.events + excluded.events
            """)
        {
            Parameters =
            {
                new() { Value = types.Select(type => type.Key).ToArray() },
                new() { Value = types.Select(type => type.Min(e => e.ReceivedAt)).ToArray() },
                new() { Value = types.Select(type => type.Max(e => e.ReceivedAt)).ToArray() },
                new() { Value = types.Select(type => type.LongCount()).ToArray() },
            },
        });

        if (parameters.Count > 0)
            batch.BatchCommands.Add(ParametersCommand(parameters));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlBatchCommand ParametersCommand(IReadOnlyCollection<SeenParameter> parameters)
    {
        // One row a name, as one statement may not touch a row twice.
        var names = parameters.GroupBy(seen => (seen.EventType, seen.Name))
            .OrderBy(name => name.Key.EventType, StringComparer.Ordinal).ThenBy(name => name.Key.Name, StringComparer.Ordinal)
            .ToArray();
        return new("""
            insert into segmentation.event_type_parameters as known (key, name, kinds, samples, last_seen)
            select seen.key, seen.name, string_to_array(seen.kinds, ','), array_remove(array[seen.sample], null), seen.last_seen
            from (
                select *, row_number() over (partition by key) as place from unnest($1, $2, $3, $4, $5) as new (key, name, kinds, sample, last_seen)
            ) as seen
            where (select count(*) from segmentation.event_type_parameters p where p.key = seen.key) + seen.place <= $6
               or exists (select from segmentation.event_type_parameters p where p.key = seen.key and p.name = seen.name)
            on conflict (key, name) do update set
                kinds = (select array_agg(distinct kind order by kind) from unnest(known.kinds || excluded.kinds) as kind),
                samples = case
                    when cardinality(known.samples) >= $7 or known.samples @> excluded.samples then known.samples
                    else known.samples || excluded.samples end,
                last_seen = greatest(known.last_seen, excluded.last_seen)
            """)
        {
            Parameters =
            {
                new() { Value = names.Select(name => name.Key.EventType).ToArray() },
                new() { Value = names.Select(name => name.Key.Name).ToArray() },
                new() { Value = names.Select(name => string.Join(',', name.Select(seen => seen.Kind).Order(StringComparer.Ordinal))).ToArray() },
                new() { Value = names.Select(name => name.Select(seen => seen.Sample).FirstOrDefault(sample => sample is not null)).ToArray() },
                new() { Value = names.Select(name => name.Max(seen => seen.SeenAt)).ToArray() },
                new() { Value = MaxParameters },
                new() { Value = MaxSamples },
            },
        };
    }
}
