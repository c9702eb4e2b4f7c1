using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace EventSegmentation.Benchmarks.Pipeline.Traffic;

/// <summary>
/// One HTTP connection that is kept alive, with one request on its way at a time. Bytes in, status out: what the generator
/// spends is not spent on the machine that is measured.
/// </summary>
internal sealed class KeptConnection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _answer = new byte[64 * 1024];

    public static async Task<KeptConnection> OpenAsync(Uri service)
    {
        var connection = new KeptConnection();
        await connection._socket.ConnectAsync(service.Host, service.Port);
        return connection;
    }

    /// <summary>Sends a request and reads its answer to the end; returns the status.</summary>
    public async Task<int> SendAsync(ReadOnlyMemory<byte> request)
    {
        while (!request.IsEmpty)
            request = request[await _socket.SendAsync(request)..];
        for (var filled = 0; ;)
        {
            var read = await _socket.ReceiveAsync(_answer.AsMemory(filled));
            filled += read;
            if (read == 0)
                throw new IOException("Ingestion closed a connection in the middle of an answer.");
            if (IsWhole(_answer.AsSpan(0, filled)))
                return int.Parse(_answer.AsSpan(9, 3), CultureInfo.InvariantCulture);
            if (filled == _answer.Length)
                throw new IOException($"An answer of ingestion is longer than {_answer.Length} bytes.");
        }
    }

    public void Dispose() => _socket.Dispose();

    // By its length, or, in chunks, by the empty one at its end.
    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        var head = answer[..(end + 2)];
        var at = head.IndexOf("Content-Length: "u8);
        if (at < 0)
            return answer.EndsWith("0\r\n\r\n"u8);
        var length = head[(at + "Content-Length: ".Length)..];
        return answer.Length == end + 4 + int.Parse(Encoding.ASCII.GetString(length[..length.IndexOf((byte)'\r')]), CultureInfo.InvariantCulture);
    }
}
