using System.Diagnostics;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Database;

/// <summary>PostgreSQL's own programs, of the version of the tests' server.</summary>
internal static class PostgresProgram
{
    /// <summary>Runs one against a database, as the role that owns it; fails with what it wrote if it fails.</summary>
    public static async Task RunAsync(string program, TestDatabase database, params string[] arguments)
    {
        var settings = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        var start = new ProcessStartInfo(Path.Combine(TestEnvironment.PostgresPrograms, program), arguments)
        {
            RedirectStandardError = true,
            Environment =
            {
                ["PGHOST"] = settings.Host,
                ["PGPORT"] = FormattableString.Invariant($"{settings.Port}"),
                ["PGUSER"] = settings.Username,
                ["PGPASSWORD"] = settings.Password,
                ["PGDATABASE"] = settings.Database,
            },
        };
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0, $"{program} must work: {errors}");
    }
}
