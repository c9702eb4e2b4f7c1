using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EventSegmentation.IntegrationTests.Broker;

/// <summary>
/// A line to the broker, or to another server, that a test can cut and mend, slow down, or on which it can hold back what is said.
/// To the service, a cut line is a broker that is down, and a held one is a broker that does not confirm.
/// </summary>
public sealed class CuttableProxy : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;
    private const int NameIsWithinBytes = 4 * 1024;

    private readonly string _host;
    private readonly int _port;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, byte> _open = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private volatile bool _cut;
    private volatile TaskCompletionSource _flows = Completed();
    private volatile TaskCompletionSource _asks = Completed();
    private volatile string? _heldClient;
    private int _joined;
    private volatile int _heldUpTo;

    public CuttableProxy(Uri target, bool cut = false)
    {
        (_host, _port, _cut) = (target.Host, target.Port, cut);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public static string Host => "127.0.0.1";

    /// <summary>How much later each piece arrives, in both directions.</summary>
    public TimeSpan Delay { get; set; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Breaks all connections and lets none through until <see cref="Mend"/>.</summary>
    public void Cut()
    {
        _cut = true;
        foreach (var socket in _open.Keys)
            socket.Close(timeout: 0);
    }

    public void Mend() => _cut = false;

    /// <summary>Nothing that the broker says arrives until <see cref="Release"/>; what it is told does.</summary>
    /// <param name="client">The name of the only connections on which answers are held; null for all.</param>
    /// <param name="onlyOpen">True if later connections are not concerned.</param>
    public void HoldAnswers(string? client = null, bool onlyOpen = false)
    {
        (_heldClient, _heldUpTo) = (client, onlyOpen ? _joined : int.MaxValue);
        _flows = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Nothing arrives in either direction until <see cref="Release"/>, and no connection breaks: the other end seems to be gone.</summary>
    public void Hold()
    {
        HoldAnswers();
        _asks = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Release()
    {
        _asks.TrySetResult();
        _flows.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Release();
        Cut();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = JoinAsync(await _listener.AcceptSocketAsync(_stop.Token));
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The listener was stopped.
        }
    }

    private async Task JoinAsync(Socket client)
    {
        using var broker = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _open.TryAdd(client, 0);
            _open.TryAdd(broker, 0);
            if (_cut)
                return;
            await broker.ConnectAsync(_host, _port, _stop.Token);
            var line = new Line(Interlocked.Increment(ref _joined));
            await using var asked = new NetworkStream(client);
            await using var answered = new NetworkStream(broker);
            await Task.WhenAny(AskAsync(asked, answered, line), AnswerAsync(answered, asked, line));
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // One of the two ends is gone; leaving closes the other.
        }
        finally
        {
            _open.TryRemove(client, out _);
            _open.TryRemove(broker, out _);
            client.Close(timeout: 0);
        }
    }

    private async Task AskAsync(NetworkStream client, NetworkStream broker, Line line)
    {
        var buffer = new byte[BufferBytes];
        while (await client.ReadAsync(buffer, _stop.Token) is > 0 and var read)
        {
            // A client tells its name in the first frame after the protocol header, in one piece.
            if (line.Asked < NameIsWithinBytes)
                line.Beginning += Encoding.ASCII.GetString(buffer, 0, read);
            line.Asked += read;
            await _asks.Task;
            await LateAsync();
            await broker.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }

    private async Task AnswerAsync(NetworkStream broker, NetworkStream client, Line line)
    {
        var buffer = new byte[BufferBytes];
        while (await broker.ReadAsync(buffer, _stop.Token) is > 0 and var read)
        {
            if (line.Number <= _heldUpTo && (_heldClient is not { } held || line.Beginning.Contains(held, StringComparison.Ordinal)))
                await _flows.Task;
            await LateAsync();
            await client.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }

    private Task LateAsync() => Delay > TimeSpan.Zero ? Task.Delay(Delay, _stop.Token) : Task.CompletedTask;

    /// <summary>What is known about one connection.</summary>
    /// <param name="number">Rises from one connection to the next.</param>
    private sealed class Line(int number)
    {
        public int Number => number;

        public long Asked { get; set; }

        public string Beginning { get; set; } = "";
    }

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }
}
