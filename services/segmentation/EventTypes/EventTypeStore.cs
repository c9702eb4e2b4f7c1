using EventSegmentation.Contracts;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.EventTypes;

/// <summary>What a batch adds to what is known of an event type.</summary>
/// <param name="FirstSeen">Of its new events; null if none of them is new.</param>
/// <param name="LastSeen">The same.</param>
/// <param name="Events">How many new events.</param>
/// <param name="Counted">How many recorded events that count.</param>
internal readonly record struct TypeTally(string Type, DateTimeOffset? FirstSeen, DateTimeOffset? LastSeen, long Events, long Counted)
{
    /// <summary>In the order of keys.</summary>
    /// <param name="news">Events that were not in the store before.</param>
    /// <param name="recorded">Events that go to streams, whether new or unassigned before.</param>
    public static IReadOnlyList<TypeTally> Of(IEnumerable<NormalizedEvent> news, IEnumerable<EventRecorded> recorded)
    {
        var seen = news.ToLookup(e => e.EventType, StringComparer.Ordinal);
        var counted = recorded.Where(e => e.Counts).CountBy(e => e.EventType, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return
        [
            .. seen.Select(type => type.Key).Union(counted.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(type => new TypeTally(
                type,
                seen[type].Min(e => (DateTimeOffset?)e.ReceivedAt),
                seen[type].Max(e => (DateTimeOffset?)e.ReceivedAt),
                seen[type].LongCount(),
                counted.GetValueOrDefault(type))),
        ];
    }
}

/// <summary>The statements by which the matcher reads switches and keeps the catalogue of event types.</summary>
internal static class EventTypeStore
{
    /// <summary>
    /// The most types that are catalogued on sight, give or take a batch. Events of later ones are stored all the same; a type
    /// that is switched on, or gets a rule, is always registered. Keeps a sender that makes types up from filling the catalogue.
    /// </summary>
    public const int MaxTypes = 10_000;

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
    public static void AddTo(NpgsqlBatch batch, IReadOnlyList<TypeTally> types, IReadOnlyCollection<SeenParameter> parameters)
    {
        if (types.Count == 0)
            return;
        batch.BatchCommands.Add(new("""
            insert into segmentation.event_types as known (key, first_seen, last_seen, events, counted)
            select key, first_seen, last_seen, events, counted
            from unnest($1, $2, $3, $4, $5) with ordinality as seen (key, first_seen, last_seen, events, counted, place)
            where exists (select from segmentation.event_types t where t.key = seen.key)
               or (select count(*) from segmentation.event_types) + place <= $6
            order by place
            on conflict (key) do update set
                first_seen = least(known.first_seen, excluded.first_seen),
                last_seen = greatest(known.last_seen, excluded.last_seen),
                events = known.events + excluded.events,
                counted = known.counted + excluded.counted
            """)
        {
            Parameters =
            {
                new() { Value = types.Select(type => type.Type).ToArray() },
                new() { Value = types.Select(type => type.FirstSeen).ToArray() },
                new() { Value = types.Select(type => type.LastSeen).ToArray() },
                new() { Value = types.Select(type => type.Events).ToArray() },
                new() { Value = types.Select(type => type.Counted).ToArray() },
                new() { Value = MaxTypes },
            },
        });

        if (parameters.Count > 0)
            batch.BatchCommands.Add(ParametersCommand(parameters));
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
            join segmentation.event_types t on t.key = seen.key
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

    /// <summary>
    /// Removes the sample values of parameters that turn out to identify a person: of one type, or of all if the type's
    /// key is empty.
    /// </summary>
    public static async Task ForgetSamplesAsync(NpgsqlConnection connection, string type, Func<string, bool> identifies, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await using (var look = new NpgsqlCommand("""
            select distinct name from segmentation.event_type_parameters where $1 in ('', key) and samples <> '{}'
            """, connection))
        {
            look.Parameters.Add(new() { Value = type });
            await using var reader = await look.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                if (identifies(reader.GetString(0)))
                    names.Add(reader.GetString(0));
            }
        }

        // In the order of keys and names, as those who write parameters do, so that two cannot wait for each other.
        await using var forget = new NpgsqlCommand("""
            with held as (
                select key, name from segmentation.event_type_parameters where $1 in ('', key) and name = any($2)
                order by key collate "C", name collate "C" for no key update
            )
            update segmentation.event_type_parameters p set samples = '{}' from held where p.key = held.key and p.name = held.name
            """, connection);
        forget.Parameters.Add(new() { Value = type });
        forget.Parameters.Add(new() { Value = names });
        await forget.ExecuteNonQueryAsync(cancellationToken);
    }
}
