using System.Diagnostics;
using System.Globalization;
using EventSegmentation.UnitTests.Architecture;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos;

/// <summary>A PostgreSQL and a RabbitMQ of the simulation's own, which it may stop and kill as it likes.</summary>
internal sealed class ChaosServers
{
    /// <summary>The virtual host that the services use.</summary>
    public const string Vhost = "event-segmentation";

    private const string DiskSize = "3G";
    private static readonly string Scripts = Path.Combine(ProjectRoot.Path, "deploy", "local");

    private readonly ChaosSettings _settings;
    private readonly Dictionary<string, string> _told;

    private ChaosServers(ChaosSettings settings)
    {
        _settings = settings;
        _told = File.ReadLines(Path.Combine(settings.Directory, "test.env"))
            .Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1].Trim('\''));
    }

    /// <summary>The services' database, as the role that owns it.</summary>
    public NpgsqlConnectionStringBuilder Database => new(_told["TEST_DATABASE"]);

    /// <summary>The management interface, by an administrator.</summary>
    public Uri Management => new(_told["TEST_BROKER_MANAGEMENT"]);

    /// <summary>False where none could be mounted; then it cannot be filled.</summary>
    public bool HasSmallDisk => File.ReadLines("/proc/mounts").Any(line => line.Split(' ')[1] == Path.Combine(_settings.Directory, "postgres"));

    /// <summary>Starts both, with empty stores.</summary>
    public static async Task<ChaosServers> StartAsync(ChaosSettings settings)
    {
        await RunAsync(settings, "down.sh", "--clean");
        await RunAsync(settings, "servers.sh", "up", "--for-tests");
        return new(settings);
    }

    /// <summary>The broker, as one of its users.</summary>
    public Uri Broker(string user)
    {
        var administrator = new Uri(_told["TEST_AMQP"]);
        return new($"amqp://{user}:{Secret($"broker-{user}")}@{administrator.Host}:{administrator.Port}/{Vhost}");
    }

    /// <summary>The id of the process of <c>postgres</c> or <c>rabbitmq</c>; null if it does not run.</summary>
    public int? ProcessOf(string server)
    {
        var record = Path.Combine(_settings.Directory, "processes", server);
        if (!File.Exists(record) || !int.TryParse(File.ReadAllText(record).Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return null;
        return Directory.Exists($"/proc/{id}") ? id : null;
    }

    /// <summary>One command of <c>servers.sh</c>, such as <c>kill postgres</c>; returns when it is done.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has what it wrote.</exception>
    public Task RunAsync(params string[] command) => RunAsync(_settings, "servers.sh", command);

    /// <summary>Removes them with their data; or stops them, so that one can look at what they hold.</summary>
    public static Task EndAsync(ChaosSettings settings, bool keep) =>
        keep ? RunAsync(settings, "servers.sh", "down") : RunAsync(settings, "down.sh", "--clean");

    private string Secret(string name) => File.ReadAllText(Path.Combine(_settings.Directory, "secrets", name));

    private static async Task RunAsync(ChaosSettings settings, string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Scripts, script), arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["RUN_DIR"] = settings.Directory;
        start.Environment["PORT_SHIFT"] = settings.PortShift.ToString(CultureInfo.InvariantCulture);
        start.Environment["POSTGRES_DISK"] = DiskSize;
        using var process = Process.Start(start)!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{script} {string.Join(' ', arguments)}: {string.Concat(said)}");
    }
}
