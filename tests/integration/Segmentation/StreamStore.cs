using System.Text.Json;
using EventSegmentation.IntegrationTests.Database;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Streams;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>A database with the schema and nothing else, for tests of the event store.</summary>
public sealed class StreamStore : IAsyncLifetime
{
    private static readonly DateTimeOffset At = new(2026, 5, 6, 7, 8, 9, TimeSpan.Zero);
    private static readonly JsonElement Empty = JsonSerializer.SerializeToElement(new { });

    private TestDatabase _database = null!;

    public NpgsqlDataSource Source { get; private set; } = null!;

    public string ConnectionString => _database.ConnectionString;

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        Source = NpgsqlDataSource.Create(_database.ConnectionString);
        await new Migrator(Source, new(), NullLogger<Migrator>.Instance).MigrateAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await Source.DisposeAsync();
        await _database.DisposeAsync();
    }

    /// <summary>Appends events to a contact's stream in an open transaction.</summary>
    internal static async Task AppendAsync(NpgsqlConnection connection, long contact, params string[] eventIds)
    {
        var heads = await StreamAppender.LockAsync(connection, [contact], CancellationToken.None);
        var appends = eventIds.Select(id => new Append(contact, EventIdentity.Of(id), new EventRecorded(id, "T", null, At, At, true, false, Empty, null)));
        await StreamAppender.AppendAsync(connection, [.. appends], heads, At, CancellationToken.None);
    }

    /// <summary>Appends and commits.</summary>
    internal async Task AppendAsync(long contact, params string[] eventIds)
    {
        await using var connection = await Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await AppendAsync(connection, contact, eventIds);
        await transaction.CommitAsync();
    }
}
