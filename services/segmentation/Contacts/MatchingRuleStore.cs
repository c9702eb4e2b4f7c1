using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>What became of a wish to set a rule.</summary>
internal abstract record RuleOutcome
{
    /// <summary>The rule stands, and counts for every event that is matched from now on.</summary>
    public sealed record Set : RuleOutcome;

    /// <summary>There is no such additional field that could identify; <paramref name="Known"/> are those there are.</summary>
    public sealed record UnknownField(IReadOnlyList<string> Known) : RuleOutcome;

    /// <summary>Several persons hold one value of the field, so it cannot say whose an event is.</summary>
    /// <param name="ContactIds">Some of them.</param>
    public sealed record Shared(IReadOnlyList<string> ContactIds) : RuleOutcome;
}

/// <summary>Keeps the matching rules: of the installation, and of single event types.</summary>
internal sealed class MatchingRuleStore(NpgsqlDataSource database)
{
    /// <summary>The most contacts, and the most fields, that a refusal names.</summary>
    public const int MaxNamed = 10;

    /// <summary>Reads the rules of some types and of the installation; <see cref="ReadRulesAsync"/> takes its rows.</summary>
    public static NpgsqlBatchCommand RulesCommand(string[] types) =>
        new("select event_type, is_on, contact_field, parameter from segmentation.matching_rules where event_type = any($1) or event_type = ''")
        {
            Parameters = { new() { Value = types } },
        };

    /// <summary>Every rule.</summary>
    public static async Task<MatchingRules> AllAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select event_type, is_on, contact_field, parameter from segmentation.matching_rules", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await ReadRulesAsync(reader, cancellationToken);
    }

    public static async Task<MatchingRules> ReadRulesAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var rules = new Dictionary<string, MatchingRule>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            rules.Add(reader.GetString(0), new(reader.GetBoolean(1), reader.GetString(2), reader.GetString(3)));
        return rules.Count == 0 ? MatchingRules.None : new(rules);
    }

    /// <summary>The rule of a type, or of <see cref="MatchingRules.Installation"/>; null if there is none.</summary>
    public async Task<MatchingRule?> FindAsync(string eventType, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select is_on, contact_field, parameter from segmentation.matching_rules where event_type = $1");
        command.Parameters.Add(new() { Value = eventType });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new(reader.GetBoolean(0), reader.GetString(1), reader.GetString(2)) : null;
    }

    /// <summary>Removes a rule, if there is one.</summary>
    public async Task RemoveAsync(string eventType, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await RemoveAsync(connection, eventType, cancellationToken);
    }

    /// <summary>The same inside the caller's transaction.</summary>
    public static async Task RemoveAsync(NpgsqlConnection connection, string eventType, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("delete from segmentation.matching_rules where event_type = $1", connection);
        command.Parameters.Add(new() { Value = eventType });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Sets a rule; a type that was never seen is registered. In the same transaction the field becomes one by which
    /// contacts are found, and the catalogue forgets the sample values of the parameter. Throws <see cref="BusyException"/>
    /// if others keep changing the same.
    /// </summary>
    public Task<RuleOutcome> SetAsync(string eventType, MatchingRule rule, DateTimeOffset now, CancellationToken cancellationToken) =>
        Races.RetryAsync(() => TrySetAsync(eventType, rule, now, cancellationToken));

    private async Task<RuleOutcome> TrySetAsync(string eventType, MatchingRule rule, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var outcome = await SetAsync(connection, eventType, rule, now, cancellationToken);
        if (outcome is RuleOutcome.Set)
            await transaction.CommitAsync(cancellationToken);
        return outcome;
    }

    /// <summary>The same inside the caller's transaction, which ends without a commit if the rule is refused.</summary>
    public static async Task<RuleOutcome> SetAsync(
        NpgsqlConnection connection, string eventType, MatchingRule rule, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!IdentifierKind.BuiltIn.Contains(rule.ContactField)
            && await MakeIdentifyingAsync(connection, rule.ContactField, cancellationToken) is { } refusal)
            return refusal;

        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("insert into segmentation.event_types (key) select $1 where $1 <> '' on conflict do nothing") { Parameters = { new() { Value = eventType } } },
                new("""
                    insert into segmentation.matching_rules (event_type, is_on, contact_field, parameter, changed) values ($1, $2, $3, $4, $5)
                    on conflict (event_type) do update set
                        is_on = excluded.is_on, contact_field = excluded.contact_field, parameter = excluded.parameter, changed = excluded.changed
                    """)
                {
                    Parameters =
                    {
                        new() { Value = eventType },
                        new() { Value = rule.On },
                        new() { Value = rule.ContactField },
                        new() { Value = rule.Parameter },
                        new() { Value = now },
                    },
                },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        await EventTypeStore.ForgetSamplesAsync(connection, eventType, rule.Names, cancellationToken);
        return new RuleOutcome.Set();
    }

    /// <summary>Gives every person that holds a value of an additional field the identifier that goes with it.</summary>
    private static async Task<RuleOutcome?> MakeIdentifyingAsync(NpgsqlConnection connection, string field, CancellationToken cancellationToken)
    {
        // Locked, so that nobody gives a contact a value of this field without the identifier from here on.
        await using var look = new NpgsqlCommand(
            "select identifies from segmentation.contact_fields where name = $1 and type in ('text', 'number') for update", connection);
        look.Parameters.Add(new() { Value = field });
        switch (await look.ExecuteScalarAsync(cancellationToken))
        {
            case null:
                return new RuleOutcome.UnknownField(await KnownFieldsAsync(connection, cancellationToken));
            case true:
                return null;
        }

        // Waits for the erasures that are under way, and lets none begin with a holder: whatever is erased first is no
        // holder any more for the statements that follow, and whoever erases later finds the identifiers made here.
        await using (var hold = new NpgsqlCommand($"select count(*) from (select from segmentation.contacts where {Holds} order by id for share) held", connection))
        {
            hold.Parameters.Add(new() { Value = field });
            await hold.ExecuteNonQueryAsync(cancellationToken);
        }

        if (await SharedAsync(connection, field, cancellationToken) is { Count: > 0 } shared)
            return new RuleOutcome.Shared(shared);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                // Where a person of several contacts holds the value more than once, the one that stands for it goes before.
                new($"""
                    {Held}
                    insert into segmentation.identifiers (kind, key, value, contact_id)
                    select $1, value, value, id from (select distinct on (value) value, id from person order by value, id <> root, id) first
                    """)
                {
                    Parameters = { new() { Value = field }, new() { Value = Identifier.MaxLength } },
                },
                new("update segmentation.contact_fields set identifies = true where name = $1") { Parameters = { new() { Value = field } } },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return null;
    }

    private const string Holds = "fields ? $1 and erased is null";

    // The values that Identifier.Text takes, and the contact that stands for the person of each holder.
    private const string Held = $"""
        with recursive held as (
            select id, fields ->> $1 as value from segmentation.contacts
            where {Holds} and jsonb_typeof(fields -> $1) in ('string', 'number') and fields ->> $1 ~ '\S' and char_length(fields ->> $1) <= $2
        ), up as (
            select c.id as holder, c.id, c.merged_into from held join segmentation.contacts c on c.id = held.id
            union all
            select up.holder, c.id, c.merged_into from up join segmentation.contacts c on c.id = up.merged_into
        ), person as (
            select held.id, held.value, up.id as root from held join up on up.holder = held.id where up.merged_into is null
        )
        """;

    private static async Task<List<string>> SharedAsync(NpgsqlConnection connection, string field, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            {Held}
            select unnest(contacts) from (select array_agg(id order by id) as contacts from person group by value having count(distinct root) > 1) shared limit $3
            """, connection);
        command.Parameters.Add(new() { Value = field });
        command.Parameters.Add(new() { Value = Identifier.MaxLength });
        command.Parameters.Add(new() { Value = MaxNamed });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var contacts = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
            contacts.Add(StreamId.Of(reader.GetInt64(0)));
        return contacts;
    }

    private static async Task<List<string>> KnownFieldsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "select name from segmentation.contact_fields where type in ('text', 'number') order by identifies desc, name limit $1", connection);
        command.Parameters.Add(new() { Value = MaxNamed });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var names = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
            names.Add(reader.GetString(0));
        return names;
    }
}
