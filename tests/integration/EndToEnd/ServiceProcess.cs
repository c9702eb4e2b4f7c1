using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using EventSegmentation.IntegrationTests.Security;

namespace EventSegmentation.IntegrationTests.EndToEnd;

/// <summary>A service as its users run it: a process of its own, which can be killed.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private const int LinesKept = 200;
    private const int FirstPort = 21_000;
    private const int Ports = 5_000;

    private static int _ports = Environment.ProcessId % Ports;

    private readonly string _assembly;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly TestCertificate? _certificate;
    private Process? _process;

    private ServiceProcess(string assembly, IReadOnlyDictionary<string, string> settings, TestCertificate? certificate)
    {
        _certificate = certificate;
        _assembly = assembly;
        _settings = settings;

        // Below the range from which the system takes ports for outgoing connections.
        var port = FirstPort + (Interlocked.Increment(ref _ports) % Ports);
        Address = new(string.Create(CultureInfo.InvariantCulture, $"{(certificate is null ? "http" : "https")}://127.0.0.1:{port}"));
    }

    public Uri Address { get; }

    /// <summary>The system's number of the process that was started last.</summary>
    public int Id => _process!.Id;

    /// <summary>Takes each line that it writes, also after it is started again.</summary>
    public Action<string>? Said { get; set; }

    /// <summary>The last lines that it wrote.</summary>
    public IReadOnlyList<string> Log => [.. _lines];

    /// <summary>The first lines that it wrote which are no information: warnings, errors, and what is no line of the log at all.</summary>
    public IReadOnlyList<string> Complaints => [.. _complaints];

    /// <summary>True once the process has ended, however it did.</summary>
    public bool HasEnded => _process!.HasExited;

    /// <summary>Starts <c>ingestion</c> or <c>segmentation</c> and waits until it is ready.</summary>
    /// <param name="certificate">Serves HTTPS with it; null for HTTP.</param>
    public static async Task<ServiceProcess> StartAsync(string service, IReadOnlyDictionary<string, string> settings, TestCertificate? certificate = null)
    {
        var process = Launch(service, settings, certificate);
        await process.UntilReadyAsync();
        return process;
    }

    /// <summary>Starts it, and does not wait.</summary>
    public static ServiceProcess Launch(string service, IReadOnlyDictionary<string, string> settings, TestCertificate? certificate = null)
    {
        var name = $"EventSegmentation.{char.ToUpperInvariant(service[0])}{service[1..]}.dll";
        var process = new ServiceProcess(Path.Combine(BuildOf(service), name), settings, certificate);
        process.Launch();
        return process;
    }

    /// <summary>Starts it again after a kill.</summary>
    public Task StartAsync()
    {
        Launch();
        return UntilReadyAsync();
    }

    /// <summary>A client of its own that trusts its certificate.</summary>
    public HttpClient Client() => new(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = _certificate?.TrustOnly() } }) { BaseAddress = Address };

    /// <summary>Starts it again after it ended, and does not wait.</summary>
    public void Launch()
    {
        var start = new ProcessStartInfo("dotnet", [_assembly]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ASPNETCORE_URLS"] = Address.ToString();
        foreach (var (name, value) in _settings)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private async Task UntilReadyAsync()
    {
        using var client = Client();
        await Eventually.BecomesAsync(() => StatusAsync(client), status => status == HttpStatusCode.OK, "the service being ready");
    }

    /// <summary><c>kill -9</c>: no warning, no goodbye.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>What it ended with.</summary>
    public int ExitCode => _process!.ExitCode;

    /// <summary>Asks it to end, as a supervisor does, and kills it after a limit. True if it ended by itself.</summary>
    public async Task<bool> StopAsync(TimeSpan limit)
    {
        using (var asked = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]))
            await asked.WaitForExitAsync();
        using var deadline = new CancellationTokenSource(limit);
        await _process!.WaitForExitAsync(deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (HasEnded)
            return true;
        await KillAsync();
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();
        _process?.Dispose();
    }

    private async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        if (_process!.HasExited)
            throw new InvalidOperationException($"{Path.GetFileName(_assembly)} ended with {_process.ExitCode}:{Environment.NewLine}{string.Join(Environment.NewLine, _lines)}");
        try
        {
            return (await client.GetAsync("/health/ready")).StatusCode;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    private void Keep(string? line)
    {
        if (line is null)
            return;
        if (!line.Contains("\"LogLevel\":\"Information\"", StringComparison.Ordinal) && _complaints.Count < LinesKept)
            _complaints.Enqueue(line);
        Said?.Invoke(line);
        _lines.Enqueue(line);
        while (_lines.Count > LinesKept)
            _lines.TryDequeue(out _);
    }

    // The same configuration and framework as these tests': …/tests/integration/bin/Release/net10.0/
    private static string BuildOf(string service)
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var configuration = framework.Parent!;
        var root = configuration.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(root, "services", service, "bin", configuration.Name, framework.Name);
    }
}
