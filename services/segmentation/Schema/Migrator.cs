using System.Reflection;
using Npgsql;

namespace EventSegmentation.Segmentation.Schema;

/// <summary>
/// Brings the database forward, one numbered script after the other, as one transaction that also notes them and gives the role of the running
/// service its rights. Never backwards: a database that is newer than this program is left alone.
/// </summary>
internal sealed partial class Migrator(NpgsqlDataSource database, SegmentationOptions options, ILogger<Migrator> logger)
{
    private const string Prefix = "Schema/";

    /// <summary>The scripts in their order.</summary>
    public static IReadOnlyList<string> Scripts { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>
    /// Applies what is missing, with the connection of the role that owns the database; the other one finds out whether anything is. Safe to call from
    /// many replicas at once: the lock lets one work and the others find nothing to do.
    /// </summary>
    /// <exception cref="NewerDatabaseException">The database was brought forward by a later version of the program.</exception>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        // A role that may only run the service may look; and it needs no more if an owner has been here before.
        await using var running = await database.OpenConnectionAsync(cancellationToken);
        if (await IsThereAsync(running, cancellationToken) && Missing(await AppliedAsync(running, cancellationToken)).Count == 0)
            return;

        await using var source = options.MigrationDatabase.Length == 0 ? null : NpgsqlDataSource.Create(options.MigrationDatabase);
        await using var owner = source is null ? null : await source.OpenConnectionAsync(cancellationToken);
        await MigrateAsync(owner ?? running, cancellationToken);
    }

    /// <summary>What of the scripts is not among those that were applied.</summary>
    /// <exception cref="NewerDatabaseException">Something was applied that is no script of this program.</exception>
    public static IReadOnlyList<string> Missing(IReadOnlyCollection<string> applied) =>
        applied.Except(Scripts).Order(StringComparer.Ordinal).LastOrDefault() is { } later
            ? throw new NewerDatabaseException(later, Scripts[^1])
            : [.. Scripts.Except(applied)];

    /// <summary>The text of a script.</summary>
    public static async Task<string> TextAsync(string script, CancellationToken cancellationToken)
    {
        await using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(script)
            ?? throw new InvalidOperationException($"The schema script {script} is not embedded.");
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(cancellationToken);
    }

    private async Task MigrateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Held to the end of the transaction, so that two replicas that start together do not both migrate.
        await ExecuteAsync(connection, $"select pg_advisory_xact_lock({AdvisoryLocks.Migration})", cancellationToken);
        await ExecuteAsync(connection, """
            create table if not exists public.segmentation_migrations (
                script  text        primary key,
                applied timestamptz not null default now()
            )
            """, cancellationToken);
        foreach (var script in Missing(await AppliedAsync(connection, cancellationToken)))
        {
            await ExecuteAsync(connection, await TextAsync(script, cancellationToken), cancellationToken);
            await using var note = new NpgsqlCommand("insert into public.segmentation_migrations (script) values ($1)", connection);
            note.Parameters.Add(new() { Value = script });
            await note.ExecuteNonQueryAsync(cancellationToken);
            LogApplied(script);
        }

        if (options.MigrationDatabase.Length > 0)
            await RunningRole.GrantAsync(connection, new NpgsqlConnectionStringBuilder(options.Database).Username!, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<bool> IsThereAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // A table that this role may not read is as good as none: only an owner gives the right to.
        await using var command = new NpgsqlCommand(
            "select coalesce(has_table_privilege(to_regclass('public.segmentation_migrations'), 'select'), false)", connection);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
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

/// <summary>A later version of the program has brought the database forward: this one does not know what it would write into.</summary>
/// <param name="later">The last script that this program does not know.</param>
/// <param name="last">The last one that it knows.</param>
internal sealed class NewerDatabaseException(string later, string last)
    : Exception($"the database is newer than this program: {later} was applied, and this version ends with {last}. Start the newer version, or restore a back-up from before");
