using EventSegmentation.Segmentation.Http;
using Npgsql;

namespace EventSegmentation.Segmentation.EventTypes;

/// <summary>What a definition needs to know of an event type.</summary>
/// <param name="HasUncountedPast">True if there are events from before it was ever used for segmentation.</param>
internal readonly record struct KnownType(bool IsOn, bool HasUncountedPast);

/// <summary>Reads the catalogue of event types and turns their switches.</summary>
internal sealed class EventTypeSwitchStore(NpgsqlDataSource database)
{
    /// <summary>The most types that names are compared with, the latest first.</summary>
    public const int MaxKnown = 10_000;

    private const string Select = """
        select t.key, t.is_on, t.events, t.first_seen, t.last_seen,
               coalesce(array_agg(p.name order by p.name) filter (where p.name is not null), '{}'),
               coalesce(array_agg(array_to_string(p.kinds, ',') order by p.name) filter (where p.name is not null), '{}'),
               coalesce(array_agg(to_jsonb(p.samples)::text order by p.name) filter (where p.name is not null), '{}'),
               coalesce(array_agg(p.last_seen order by p.name) filter (where p.name is not null), '{}')
        from segmentation.event_types t left join segmentation.event_type_parameters p on p.key = t.key
        """;

    /// <summary>Types after a key, in the order of keys.</summary>
    public async Task<List<EventTypeView>> ListAsync(string after, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"{Select} where t.key > $1 group by t.key order by t.key limit $2");
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>One type, or null if it was neither seen nor switched.</summary>
    public async Task<EventTypeView?> FindAsync(string key, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"{Select} where t.key = $1 group by t.key");
        command.Parameters.Add(new() { Value = key });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>What definitions need to know of types, by key.</summary>
    public async Task<Dictionary<string, KnownType>> KnownAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            select t.key, t.is_on, t.first_seen is not null and t.first_seen < coalesce(min(i.starts), 'infinity')
            from segmentation.event_types t left join segmentation.event_type_intervals i on i.key = t.key
            group by t.key order by t.last_seen desc nulls last limit $1
            """);
        command.Parameters.Add(new() { Value = MaxKnown });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var types = new Dictionary<string, KnownType>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            types.Add(reader.GetString(0), new(reader.GetBoolean(1), reader.GetBoolean(2)));
        return types;
    }

    /// <summary>How many types are on.</summary>
    public async Task<int> CountOnAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select count(*)::int from segmentation.event_types where is_on");
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// Turns the switch of a type and notes the interval; a type that was never seen is registered. False if
    /// <see cref="TypeSwitch.MaxOn"/> others are on. Turning it to where it stands changes nothing.
    /// </summary>
    public async Task<bool> SwitchAsync(string key, bool on, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Keeps other switches out until the commit, so that two cannot take the last place together; the matcher,
        // which inserts and counts, is not held up.
        await using (var register = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("select pg_advisory_xact_lock($1)") { Parameters = { new() { Value = Schema.AdvisoryLocks.TypeSwitch } } },
                new("insert into segmentation.event_types (key) values ($1) on conflict do nothing") { Parameters = { new() { Value = key } } },
            },
        })
            await register.ExecuteNonQueryAsync(cancellationToken);

        await using (var place = new NpgsqlCommand("""
            update segmentation.event_types set is_on = $2
            where key = $1 and is_on <> $2
              and (not $2 or (select count(*) from segmentation.event_types where is_on) < $3)
            """, connection))
        {
            place.Parameters.Add(new() { Value = key });
            place.Parameters.Add(new() { Value = on });
            place.Parameters.Add(new() { Value = TypeSwitch.MaxOn });
            if (await place.ExecuteNonQueryAsync(cancellationToken) == 0)
                return await IsAsync(connection, key, on, cancellationToken);
        }

        await using (var interval = new NpgsqlCommand(
            on
                ? "insert into segmentation.event_type_intervals (key, starts) values ($1, $2)"
                : "update segmentation.event_type_intervals set ends = $2 where key = $1 and ends is null",
            connection))
        {
            interval.Parameters.Add(new() { Value = key });
            interval.Parameters.Add(new() { Value = now });
            await interval.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private static async Task<bool> IsAsync(NpgsqlConnection connection, string key, bool on, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select is_on = $2 from segmentation.event_types where key = $1", connection);
        command.Parameters.Add(new() { Value = key });
        command.Parameters.Add(new() { Value = on });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<List<EventTypeView>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var types = new List<EventTypeView>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var names = reader.GetFieldValue<string[]>(5);
            var kinds = reader.GetFieldValue<string[]>(6);
            var samples = reader.GetFieldValue<string[]>(7);
            var lastSeen = reader.GetFieldValue<DateTimeOffset[]>(8);
            types.Add(new(
                reader.GetString(0),
                reader.GetBoolean(1),
                reader.GetInt64(2),
                reader.IsDBNull(3) ? null : reader.GetFieldValue<DateTimeOffset>(3),
                reader.IsDBNull(4) ? null : reader.GetFieldValue<DateTimeOffset>(4),
                [
                    .. names.Select((name, i) => new ParameterView(
                        name, kinds[i].Split(','), System.Text.Json.JsonSerializer.Deserialize(samples[i], EventTypeJson.Default.StringArray)!, lastSeen[i])),
                ]));
        }

        return types;
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string[]))]
internal sealed partial class EventTypeJson : System.Text.Json.Serialization.JsonSerializerContext;
