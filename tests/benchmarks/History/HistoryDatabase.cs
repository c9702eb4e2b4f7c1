using System.Text.Json;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace EventSegmentation.Benchmarks.History;

/// <summary>A database of the benchmark's own on the server that <c>TEST_DATABASE</c> names, with the service's schema; dropped at the end.</summary>
internal sealed class HistoryDatabase : IAsyncDisposable
{
    /// <summary>Events of one transaction, as the matcher writes them under load.</summary>
    public const int Batch = 1_000;

    /// <summary>Contacts that the events are spread over.</summary>
    public const int Contacts = 50_000;

    /// <summary>Event types that the events are spread over.</summary>
    public const int Types = 10;

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly JsonElement[] Params =
    [
        .. Enumerable.Range(0, 100).Select(i => JsonSerializer.SerializeToElement(new
        {
            Email = $"somebody-{i}@example.com", type = i % 2 == 0 ? "Strength" : "Cardio", calories = 300 + i, device = "phone", duration = i * 17.5, plan = "monthly",
        })),
    ];

    private readonly string _name;
    private readonly Random _random = new(1);
    private long _events;

    private HistoryDatabase(string name, string connectionString)
    {
        (_name, ConnectionString) = (name, connectionString);
        Source = NpgsqlDataSource.Create(connectionString);
    }

    public string ConnectionString { get; }

    public NpgsqlDataSource Source { get; }

    /// <summary>The instant of the newest event, about.</summary>
    public DateTimeOffset Newest => Start.AddSeconds(_events);

    public static async Task<HistoryDatabase> CreateAsync()
    {
        var server = Environment.GetEnvironmentVariable("TEST_DATABASE") ?? throw new InvalidOperationException("TEST_DATABASE is not set; run this by 'make history-bench'.");
        var name = $"bench_{Guid.NewGuid():N}";
        await using (var administrator = NpgsqlDataSource.Create(server))
            await administrator.CreateCommand($"create database {name}").ExecuteNonQueryAsync();
        var database = new HistoryDatabase(name, new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString);
        await new Migrator(database.Source, new(), NullLogger<Migrator>.Instance).MigrateAsync(CancellationToken.None);
        return database;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A single number; 0 if there is no row.</summary>
    public async Task<long> ScalarAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        return await command.ExecuteScalarAsync() as long? ?? 0;
    }

    /// <summary>Appends events as the matcher does: one transaction a batch, each over as many contacts. They occurred in the order of recording, some hours late now and then.</summary>
    public async Task AppendAsync(NpgsqlConnection connection, int batches)
    {
        for (var batch = 0; batch < batches; batch++)
        {
            var appends = Enumerable.Range(0, Batch).Select(_ => Next()).ToArray();
            await using var transaction = await connection.BeginTransactionAsync();
            var heads = await StreamAppender.LockAsync(connection, [.. appends.Select(append => append.ContactId).Distinct()], CancellationToken.None);
            await StreamAppender.AppendAsync(connection, appends, heads, DateTimeOffset.UnixEpoch, CancellationToken.None);
            await transaction.CommitAsync();
        }
    }

    private Append Next()
    {
        var number = ++_events;
        var late = _random.Next(20) == 0 ? TimeSpan.FromMinutes(_random.Next(600)) : TimeSpan.Zero;
        var occurredAt = Start.AddSeconds(number).AddMicroseconds(_random.Next(1_000_000)) - late;
        var id = Guid.CreateVersion7(occurredAt).ToString();
        return new(_random.Next(1, Contacts + 1), EventIdentity.Of(id), new EventRecorded(
            id, $"Type{_random.Next(Types)}", null, occurredAt, Start.AddSeconds(number), Counts: true, Import: false, Params[number % Params.Length], TraceParent: null));
    }

    public async ValueTask DisposeAsync()
    {
        // Not by force: that would fail while the server itself cleans up in the database.
        var server = Environment.GetEnvironmentVariable("TEST_DATABASE")!;
        await Source.DisposeAsync();
        await using var administrator = NpgsqlDataSource.Create(server);
        await administrator.CreateCommand($"drop database {_name}").ExecuteNonQueryAsync();
    }
}
