using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace EventSegmentation.IntegrationTests.Security;

/// <summary>Puts TLS before a server of the tests, which has none, and counts what comes through.</summary>
internal sealed class TlsProxy : IAsyncDisposable
{
    // PostgreSQL's client asks in clear whether it may begin: https://www.postgresql.org/docs/15/protocol-flow.html
    private const int SslRequestBytes = 8;
    private const int BufferBytes = 64 * 1024;

    private readonly (string Host, int Port) _target;
    private readonly TestCertificate _certificate;
    private readonly bool _isPostgres;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private long _bytes;
    private int _connections;

    public TlsProxy(string host, int port, TestCertificate certificate, bool isPostgres = false)
    {
        (_target, _certificate, _isPostgres) = ((host, port), certificate, isPostgres);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections have ended or been handed on.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>What clients have said within TLS, in bytes: nothing if they did not trust it.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            _ = HandOnAsync(client);
        }
    }

    private async Task HandOnAsync(TcpClient client)
    {
        try
        {
            using var both = client;
            var stream = client.GetStream();
            if (_isPostgres)
            {
                await stream.ReadExactlyAsync(new byte[SslRequestBytes], _stop.Token);
                await stream.WriteAsync("S"u8.ToArray(), _stop.Token);
            }

            await using var secure = new SslStream(stream);
            await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate.Certificate }, _stop.Token);
            using var server = new TcpClient();
            await server.ConnectAsync(_target.Host, _target.Port, _stop.Token);
            await Task.WhenAny(CopyAsync(secure, server.GetStream(), counts: true), CopyAsync(server.GetStream(), secure, counts: false));
        }
        catch (Exception failure) when (failure is IOException or AuthenticationException or OperationCanceledException or SocketException)
        {
            // The client went away, or did not trust the certificate.
        }
        finally
        {
            Interlocked.Increment(ref _connections);
        }
    }

    private async Task CopyAsync(Stream from, Stream to, bool counts)
    {
        var buffer = new byte[BufferBytes];
        while (await from.ReadAsync(buffer, _stop.Token) is > 0 and var read)
        {
            if (counts)
                Interlocked.Add(ref _bytes, read);
            await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }
}
