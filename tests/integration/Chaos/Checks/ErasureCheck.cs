using EventSegmentation.IntegrationTests.Chaos.Load;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos.Checks;

/// <summary>
/// Of the erased nothing is left: their streams are closed and empty, nothing else has their contacts, no event that was there before names
/// them, and what only their cards held is nowhere. Who sends events later is somebody new, with all that these say.
/// </summary>
internal static class ErasureCheck
{
    // What is kept by contact, none of which an erased one has. Its row of states has no state, and its lines of the ledger name no event.
    private const string Kept = """
        select 'identifiers', contact_id from segmentation.identifiers where contact_id = any($1)
        union select 'conflicts', contact_id from segmentation.conflicts where contact_id = any($1) or other_id = any($1)
        union select 'list_members', contact_id from segmentation.list_members where contact_id = any($1)
        union select 'memberships', contact_id from segmentation.memberships where contact_id = any($1)
        union select 'contact_states', contact_id from segmentation.contact_states where contact_id = any($1) and (state is not null or due is not null)
        union select 'ledger', contact_id from segmentation.ledger where contact_id = any($1) and (cause_event_id is not null or trace_parent is not null)
        union select 'fields', id from segmentation.contacts where id = any($1) and (fields <> '{}' or source <> '')
        """;

    // What of a row is bytes can be read as text only apart.
    private const string Tables = """
        select format('%I.%I', n.nspname, c.relname),
               coalesce(string_agg(format('encode(t.%I, ''escape'')', a.attname), ', ') filter (where a.atttypid = 'bytea'::regtype), 'null')
        from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') group by n.nspname, c.relname
        """;

    public static async Task RunAsync(NpgsqlDataSource store, StoredPeople people, CardAccount account, Findings findings)
    {
        long[] contacts = [.. account.Erased.SelectMany(person => person.Contacts)];
        foreach (var (kind, contact) in await PairsAsync(store, Kept, reader => reader.GetInt64(1), contacts))
            findings.Add($"contact {contact} is erased, and {kind} has something of it");
        foreach (var contact in contacts.Where(contact => !IsEmpty(people.Facts[contact])))
            findings.Add($"contact {contact} is erased, and its stream has more than places: {string.Join(", ", people.Facts[contact].Select(fact => fact.Fact?.Alias))}");
        foreach (var person in account.Erased)
        {
            var left = await NamingRows.ReadAsync(store, person.Identifiers.Concat(person.Secrets));
            left.IntersectWith(person.Rows);
            if (left.Count > 0)
                findings.Add($"{left.Count} events from before the erasure of person {string.Join(" and ", person.People)} still name them, such as {left.First()}");
        }

        await NowhereAsync(store, [.. account.Erased.SelectMany(person => person.Secrets)], findings);
    }

    // The facts of merges stay: they hold ids only.
    private static bool IsEmpty(IReadOnlyList<StoredEvent> facts) => facts[^1].Fact is ContactErased
        && facts.SkipLast(1).All(fact => fact.Fact is ErasedFact or ContactMergedInto or ContactMerged or ContactUnmerged or ContactSplit);

    private static async Task NowhereAsync(NpgsqlDataSource store, string[] secrets, Findings findings)
    {
        string[] patterns = [.. secrets.Select(secret => $"%{secret}%")];
        foreach (var (table, bytes) in await PairsAsync(store, Tables, reader => reader.GetString(1)))
        {
            var found = await PairsAsync(store, $"select '{table}', count(*) from {table} t where concat(row_to_json(t)::text, {bytes}) like any($1)", reader => reader.GetInt64(1), patterns);
            if (found[0].Second > 0)
                findings.Add($"{found[0].Second} rows of {table} hold what only cards held that are erased");
        }
    }

    private static async Task<List<(string Name, T Second)>> PairsAsync<T>(NpgsqlDataSource store, string sql, Func<NpgsqlDataReader, T> second, object? parameter = null)
    {
        await using var command = store.CreateCommand(sql);
        command.CommandTimeout = 600;
        if (parameter is not null)
            command.Parameters.Add(new() { Value = parameter });
        await using var reader = await command.ExecuteReaderAsync();
        var pairs = new List<(string, T)>();
        while (await reader.ReadAsync())
            pairs.Add((reader.GetString(0), second(reader)));
        return pairs;
    }
}
