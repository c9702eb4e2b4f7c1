using System.Collections.Concurrent;
using System.Net.Http.Headers;
using EventSegmentation.IntegrationTests.Broker;
using EventSegmentation.IntegrationTests.EndToEnd;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos;

/// <summary>The whole system as it runs for real, every part a process of its own, with every line between them in the simulation's hands.</summary>
internal sealed class Stage : IAsyncDisposable
{
    public const string Broker = "broker";
    public const string Database = "database";

    private const string WriteKey = "write-key-of-the-chaos";
    private const string AdminKey = "admin-key-of-the-chaos";
    private const int ReplicaCount = 2;
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> _alone = new();
    private readonly string _logs;
    private readonly string? _clocks;

    private Stage(ChaosServers servers, Journal journal, string directory, string? clocks)
    {
        (Servers, Journal, _clocks, _logs) = (servers, journal, clocks, Path.Combine(directory, "logs"));

        // Without a pool: what rests in one is dead after each fault of the database.
        Store = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(servers.Database.ConnectionString) { ApplicationName = "chaos", Timeout = 5, Pooling = false });
        Ingestion = Launch("ingestion", "ingestion", clocks is not null);
        Replicas = [.. Enumerable.Range(1, ReplicaCount).Select(number => Launch("segmentation", $"replica {number}", clocks is not null))];
    }

    public ChaosServers Servers { get; }

    public Journal Journal { get; }

    /// <summary>The services' database, past all lines.</summary>
    public NpgsqlDataSource Store { get; }

    public StagedService Ingestion { get; }

    public IReadOnlyList<StagedService> Replicas { get; }

    public IEnumerable<StagedService> Services => Replicas.Prepend(Ingestion);

    public bool HasClocks => _clocks is not null;

    /// <summary>Starts everything and waits until it is ready.</summary>
    public static async Task<Stage> StartAsync(ChaosSettings settings, Journal journal)
    {
        var servers = await ChaosServers.StartAsync(settings);
        var stage = new Stage(servers, journal, settings.Directory, await MovedClock.LibraryAsync(settings.Directory));
        await stage.ReadyAsync();
        return stage;
    }

    /// <summary>Returns when all services say that they can do their job.</summary>
    public async Task ReadyAsync()
    {
        foreach (var service in Services)
        {
            using var client = new HttpClient { BaseAddress = service.Process.Address, Timeout = CallLimit };
            await Eventually.BecomesAsync(async () => await ReadinessAsync(client), answer => answer == "", $"{service.Name} being ready");
        }
    }

    /// <summary>A client of ingestion that may send.</summary>
    public HttpClient Sender() => Client(Ingestion, WriteKey);

    /// <summary>A client of a replica that may change.</summary>
    public HttpClient Administrator(int replica) => Client(Replicas[replica], AdminKey);

    /// <summary>Does something to a part of the system while nobody else does anything to it.</summary>
    public async Task AloneAsync(string target, Func<Task> act)
    {
        var gate = _alone.GetOrAdd(target, _ => new(1));
        await gate.WaitAsync();
        try
        {
            await act();
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Services)
            await service.DisposeAsync();
        await Store.DisposeAsync();
        foreach (var gate in _alone.Values)
            gate.Dispose();
    }

    // Empty if it is ready.
    private static async Task<string> ReadinessAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri("/health/ready", UriKind.Relative));
            return answer.IsSuccessStatusCode ? "" : await answer.Content.ReadAsStringAsync();
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            return exception.Message;
        }
    }

    private static HttpClient Client(StagedService service, string key)
    {
        var client = new HttpClient { BaseAddress = service.Process.Address, Timeout = CallLimit };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    private StagedService Launch(string service, string name, bool hasClock)
    {
        var broker = Servers.Broker(service);
        var lines = new Dictionary<string, CuttableProxy> { [Broker] = new(broker) };
        var brokerLine = new UriBuilder(broker) { Port = lines[Broker].Port }.Uri.ToString();
        var settings = new Dictionary<string, string> { ["Logging__LogLevel__Default"] = "Information", ["Logging__LogLevel__Microsoft.AspNetCore"] = "Warning" };
        MovedClock? clock = null;
        if (hasClock)
        {
            (clock, var environment) = MovedClock.Make(_clocks!, Path.Combine(_logs, $"{name}.clock"));
            foreach (var (variable, value) in environment)
                settings[variable] = value;
        }

        if (service == "ingestion")
        {
            settings["Ingestion__Broker"] = brokerLine;
            settings["Ingestion__WriteKeys__0"] = WriteKey;
        }
        else
        {
            var database = Servers.Database;
            lines[Database] = new(new Uri($"tcp://{database.Host}:{database.Port}"));
            (database.Port, database.ApplicationName) = (lines[Database].Port, name);
            settings["Segmentation__Broker"] = brokerLine;
            settings["Segmentation__Database"] = database.ConnectionString;
            settings["Segmentation__AdminKeys__0"] = AdminKey;
        }

        var process = ServiceProcess.Launch(service, settings);
        var log = new Journal(Path.Combine(_logs, $"{name}.log"));
        process.Said = log.Write;
        return new(name, process, lines, clock);
    }
}
