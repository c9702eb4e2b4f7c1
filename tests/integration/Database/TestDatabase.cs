using Npgsql;

namespace EventSegmentation.IntegrationTests.Database;

/// <summary>A database of a test class's own, dropped at the end.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly string _name = $"test_{Guid.NewGuid():N}";

    private TestDatabase() => ConnectionString = new NpgsqlConnectionStringBuilder(TestEnvironment.Database) { Database = _name }.ConnectionString;

    public string ConnectionString { get; }

    public static async Task<TestDatabase> CreateAsync()
    {
        var database = new TestDatabase();
        await AdministerAsync($"create database {database._name}");
        return database;
    }

    /// <summary>The single value of a statement.</summary>
    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(ConnectionString);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await Eventually.BecomesAsync(DropAsync, isDropped => isDropped, "the test's database being dropped");
    }

    // False while the server's own vacuum is at work in it: only a superuser may end that.
    private async Task<bool> DropAsync()
    {
        try
        {
            await AdministerAsync($"drop database if exists {_name} with (force)");
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return false;
        }
    }

    private static async Task AdministerAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(TestEnvironment.Database);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
