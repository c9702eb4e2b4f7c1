using EventSegmentation.Benchmarks.Pipeline.Traffic;
using Npgsql;
using NpgsqlTypes;

namespace EventSegmentation.Benchmarks.Pipeline.Textbook;

/// <summary>The tables of the textbook pipeline: events, and members that a query works out anew.</summary>
/// <param name="segments">How many there are, of five kinds in turn. Those of one kind divide the branches among them.</param>
internal sealed class TextbookStore(NpgsqlDataSource database, int segments)
{
    // What plain SQL can say: once today, often, a sum, not within, not lately.
    private static readonly Func<string, string>[] Kinds =
    [
        mine => $"select distinct contact from textbook.events where type in ('WorkoutStarted', 'ClassBooked') and {mine} and occurred_at >= date_trunc('day', now())",
        mine => $"select contact from textbook.events where type = 'AppLogin' and {mine} and occurred_at > now() - interval '7 days' group by contact having count(*) >= 3",
        mine => $"select contact from textbook.events where type = 'OrderPaid' and {mine} and occurred_at >= date_trunc('month', now()) group by contact having sum((params ->> 'totalCost')::numeric) >= 100",
        mine => $"select distinct contact from textbook.events e where type = 'CartUpdated' and {mine} and occurred_at > now() - interval '1 day' and not exists (select from textbook.events p where p.contact = e.contact and p.type = 'OrderPaid' and p.occurred_at > now() - interval '30 days')",
        mine => $"select distinct contact from textbook.events where type = 'ScreenViewed' and {mine} and occurred_at > now() - interval '10 minutes'",
    ];

    public async Task CreateAsync()
    {
        await using var command = database.CreateCommand("""
            create schema textbook;
            create table textbook.events (id text primary key, type text not null, contact text not null, occurred_at timestamptz not null, params jsonb not null);
            create index on textbook.events (contact, type, occurred_at);
            create index on textbook.events (type, occurred_at);
            create table textbook.members (segment text not null, contact text not null, since timestamptz not null default now(), primary key (segment, contact));
            create table textbook.changes (id bigint generated always as identity primary key, segment text not null, contact text not null, entered boolean not null, at timestamptz not null default now());
            """);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Stores what has been there for long, all at once.</summary>
    public async Task FillAsync(IEnumerable<TextbookEvent> events)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using (var copy = await connection.BeginBinaryImportAsync("copy textbook.events from stdin (format binary)"))
        {
            foreach (var e in events)
            {
                await copy.StartRowAsync();
                await copy.WriteAsync(e.EventId);
                await copy.WriteAsync(e.Type);
                await copy.WriteAsync(e.Contact);
                await copy.WriteAsync(e.OccurredAt);
                await copy.WriteAsync(e.Params, NpgsqlDbType.Jsonb);
            }

            await copy.CompleteAsync();
        }

        await using var analyze = new NpgsqlCommand("vacuum analyze textbook.events", connection) { CommandTimeout = 600 };
        await analyze.ExecuteNonQueryAsync();
    }

    /// <summary>Stores one event in a transaction of its own; twice is once.</summary>
    public async Task InsertAsync(TextbookEvent e)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("insert into textbook.events values ($1, $2, $3, $4, $5) on conflict do nothing", connection, transaction);
        command.Parameters.Add(new() { Value = e.EventId });
        command.Parameters.Add(new() { Value = e.Type });
        command.Parameters.Add(new() { Value = e.Contact });
        command.Parameters.Add(new() { Value = e.OccurredAt });
        command.Parameters.Add(new() { Value = e.Params, NpgsqlDbType = NpgsqlDbType.Jsonb });
        await command.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
    }

    /// <summary>Works all segments out anew and notes who came and who went.</summary>
    public async Task RecomputeAsync()
    {
        for (var number = 0; number < segments; number++)
        {
            var (kind, part, parts) = (number % Kinds.Length, number / Kinds.Length, (segments + Kinds.Length - 1) / Kinds.Length);
            var (from, to) = (part * EventStream.Branches / parts, ((part + 1) * EventStream.Branches / parts) - 1);
            await using var command = database.CreateCommand($"""
                with found as materialized ({Kinds[kind]($"(params ->> 'branch')::integer between {from} and {to}")}),
                gone as (delete from textbook.members m where segment = $1 and not exists (select from found f where f.contact = m.contact) returning contact),
                come as (insert into textbook.members (segment, contact) select $1, contact from found on conflict do nothing returning contact)
                insert into textbook.changes (segment, contact, entered) select $1, contact, false from gone union all select $1, contact, true from come
                """);
            command.CommandTimeout = 600;
            command.Parameters.Add(new() { Value = $"segment-{number}" });
            await command.ExecuteNonQueryAsync();
        }
    }
}
