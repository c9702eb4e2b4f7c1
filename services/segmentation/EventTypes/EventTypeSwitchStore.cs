using Npgsql;

namespace EventSegmentation.Segmentation.EventTypes;

/// <summary>What a definition needs to know of an event type.</summary>
/// <param name="HasUncountedPast">True if there are events from before it was ever used for segmentation.</param>
internal readonly record struct KnownType(bool IsOn, bool HasUncountedPast);

/// <summary>Turns the switches of event types, and says how they stand.</summary>
internal sealed class EventTypeSwitchStore(NpgsqlDataSource database)
{
    /// <summary>The most types that names are compared with, the latest first.</summary>
    public const int MaxKnown = EventTypeStore.MaxTypes;

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
}
