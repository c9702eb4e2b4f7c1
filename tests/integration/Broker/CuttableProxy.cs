using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace EventSegmentation.IntegrationTests.Broker;

/// <summary>
/// A line to the broker that a test can cut and mend, or on which it can hold back what the broker says.
/// To the service, a cut line is a broker that is down, and a held one is a broker that does not confirm.
/// </summary>
public sealed class CuttableProxy : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly string _host;
    private readonly int _port;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, byte> _open = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private volatile bool _cut;
    private volatile TaskCompletionSource _flows = Completed();

    public CuttableProxy(Uri target, bool cut = false)
    {
        (_host, _port, _cut) = (target.Host, target.Port, cut);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public static string Host => "127.0.0.1";

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Breaks all connections and lets none through until <see cref="Mend"/>.</summary>
    public void Cut()
    {
        _cut = true;
        foreach (var client in _open.Keys)
            client.Client.Close(timeout: 0);
    }

    public void Mend() => _cut = false;

    /// <summary>Nothing that the broker says arrives until <see cref="Release"/>; what it is told does.</summary>
    public void HoldAnswers() => _flows = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _flows.TrySetResult();

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
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                if (_cut)
                    client.Client.Close(timeout: 0);
                else
                    _ = JoinAsync(client);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The listener was stopped.
        }
    }

    private async Task JoinAsync(TcpClient client)
    {
        using var broker = new TcpClient();
        using (client)
            try
            {
                await broker.ConnectAsync(_host, _port, _stop.Token);
                _open.TryAdd(client, 0);
                _open.TryAdd(broker, 0);
                if (_cut)
                    return;
                await Task.WhenAny(
                    CopyAsync(client.GetStream(), broker.GetStream(), held: false),
                    CopyAsync(broker.GetStream(), client.GetStream(), held: true));
            }
            catch (Exception end) when (end is OperationCanceledException or SocketException or IOException or ObjectDisposedException or InvalidOperationException)
            {
                // One of the two ends is gone; leaving closes the other.
            }
            finally
            {
                _open.TryRemove(client, out _);
                _open.TryRemove(broker, out _);
            }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool held)
    {
        var buffer = new byte[BufferBytes];
        while (await from.ReadAsync(buffer, _stop.Token) is > 0 and var read)
        {
            if (held)
                await _flows.Task;
            await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }
}
