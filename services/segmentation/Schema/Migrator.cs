using System.Reflection;
using Npgsql;

namespace EventSegmentation.Segmentation.Schema;

/// <summary>Brings the database forward, one numbered script after the other, each in the one transaction that also notes it.</summary>
internal sealed partial class Migrator(NpgsqlDataSource database, ILogger<Migrator> logger)
{
    private const string Prefix = "Schema/";

    /// <summary>Applies what is missing. Safe to call from many replicas at once: the lock lets one work and the others find nothing to do.</summary>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Held to the end of the transaction, so that two replicas that start together do not both migrate.
        await ExecuteAsync(connection, $"select pg_advisory_xact_lock({AdvisoryLocks.Migration})", cancellationToken);
        await ExecuteAsync(connection, """
            create table if not exists public.segmentation_migrations (
                script  text        primary key,
                applied timestamptz not null default now()
            )
            """, cancellationToken);

        var applied = await AppliedAsync(connection, cancellationToken);
        foreach (var script in Scripts().Where(script => !applied.Contains(script)))
        {
            await ExecuteAsync(connection, await TextAsync(script, cancellationToken), cancellationToken);
            await using var note = new NpgsqlCommand("insert into public.segmentation_migrations (script) values ($1)", connection);
            note.Parameters.Add(new() { Value = script });
            await note.ExecuteNonQueryAsync(cancellationToken);
            LogApplied(script);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static IEnumerable<string> Scripts() =>
        Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    private static async Task<string> TextAsync(string script, CancellationToken cancellationToken)
    {
        await using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(script)
            ?? throw new InvalidOperationException($"The schema script {script} is not embedded.");
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(cancellationToken);
    }

    private static async Task<HashSet<string>> AppliedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var applied = new HashSet<string>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand("select script from public.segmentation_migrations", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            applied.Add(reader.GetString(0));
        return applied;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Schema script {Script} applied")]
    private partial void LogApplied(string script);
}
