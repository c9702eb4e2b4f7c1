using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Npgsql;
using RabbitMQ.Client;

namespace EventSegmentation.Benchmarks.Pipeline;

/// <summary>The private instance: both services and both servers, each a process of its own, as <c>make up</c> starts them.</summary>
internal sealed class Stack : IAsyncDisposable
{
    private static readonly string[] Told = ["endpoints.env", "keys.env"];

    private readonly string _directory;
    private readonly Dictionary<string, string> _settings;

    private Stack(string directory)
    {
        _directory = directory;
        _settings = Told
            .SelectMany(file => File.ReadLines(Path.Combine(directory, file)))
            .Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        Database = NpgsqlDataSource.Create(ConnectionString(new(_settings["DATABASE_URL"])));
        Admin = new HttpClient { BaseAddress = new(_settings["SEGMENTATION_URL"]), Timeout = TimeSpan.FromMinutes(5) };
        Admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _settings["ADMIN_KEY"]);
    }

    /// <summary>The services' own database, to look at.</summary>
    public NpgsqlDataSource Database { get; }

    /// <summary>Calls segmentation with an admin key.</summary>
    public HttpClient Admin { get; }

    public Uri Ingestion => new(_settings["INGESTION_URL"]);

    public string WriteKey => _settings["WRITE_KEY"];

    /// <summary>The broker, for a client outside.</summary>
    public Uri Broker => new(_settings["AMQP_URL"]);

    /// <summary>Starts the instance with empty stores.</summary>
    public static async Task<Stack> FreshAsync(PipelineSettings settings)
    {
        using var process = Process.Start(new ProcessStartInfo(settings.Fresh) { RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? new(settings.Directory)
            : throw new InvalidOperationException($"{settings.Fresh} failed:{Environment.NewLine}{said}");
    }

    /// <summary>The id of a process of the instance.</summary>
    public int ProcessOf(string name) =>
        int.Parse(File.ReadAllText(Path.Combine(_directory, "processes", name)).Split(' ')[0], CultureInfo.InvariantCulture);

    public Task<IConnection> ConnectAsync(string name) => new ConnectionFactory { Uri = Broker }.CreateConnectionAsync($"bench {name}");

    /// <summary>A single number; 0 if there is no row or it is null.</summary>
    public async Task<long> ScalarAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return await command.ExecuteScalarAsync() is { } value and not DBNull ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : 0;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A call with an admin key that must succeed.</summary>
    public async Task CallAsync(HttpMethod method, string path, object body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
        using var answer = await Admin.SendAsync(request);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>Returns when no change of the segments is on its way any more.</summary>
    public async Task BuiltAsync()
    {
        while (await ScalarAsync("select count(*) from segmentation.builds where state in ('waiting', 'running')") > 0)
            await Task.Delay(20);
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await Database.DisposeAsync();
    }

    private static string ConnectionString(Uri url) => new NpgsqlConnectionStringBuilder
    {
        Host = url.Host,
        Port = url.Port,
        Database = url.AbsolutePath.Trim('/'),
        Username = url.UserInfo.Split(':')[0],
        Password = url.UserInfo.Split(':')[1],
    }.ConnectionString;
}
