using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>Sends requests byte for byte, over one connection for as long as the service keeps it: a client would put them right.</summary>
internal sealed class FuzzConnection(Uri service) : IDisposable
{
    private TcpClient? _client;
    private BufferedStream _stream = new(Stream.Null);

    /// <summary>Sends a request and reads its answer; null if the connection was closed without one.</summary>
    /// <exception cref="TimeoutException">Neither came.</exception>
    public async Task<FuzzAnswer?> SendAsync(FuzzRequest request)
    {
        try
        {
            if (_client is null)
            {
                _client = new TcpClient { NoDelay = true };
                await _client.ConnectAsync(service.Host, service.Port);
                _stream = new BufferedStream(_client.GetStream());
            }

            var sending = SendAsync(request.Bytes(), isLast: !request.IsSound);
            var answer = await ReadAsync(isHead: request.Method == "HEAD").InTimeAsync();
            await sending.WaitAsync(Deadline.Default);
            if (!answer.IsKept || !request.IsSound)
                Close();
            return answer;
        }
        catch (Exception end) when (end is IOException or SocketException)
        {
            Close();
            return null;
        }
    }

    public void Dispose() => Close();

    private void Close()
    {
        _stream.Dispose();
        _client?.Dispose();
        _client = null;
    }

    // An answer may come before the end of a request that is refused; then nobody may read the rest.
    private async Task SendAsync(byte[] bytes, bool isLast)
    {
        try
        {
            await _client!.GetStream().WriteAsync(bytes);
            if (isLast)
                _client.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception end) when (end is IOException or SocketException)
        {
            // What there is to read says what happened.
        }
    }

    private async Task<FuzzAnswer> ReadAsync(bool isHead)
    {
        while (true)
        {
            var status = int.Parse((await LineAsync()).Split(' ')[1], CultureInfo.InvariantCulture);
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            while (await LineAsync() is { Length: > 0 } line)
                headers[line[..line.IndexOf(':', StringComparison.Ordinal)].ToLowerInvariant()] = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
            if (status >= 200)
                return new(status, headers, isHead || status is 204 or 304 ? [] : await BodyAsync(headers));
        }
    }

    private async Task<byte[]> BodyAsync(Dictionary<string, string> headers)
    {
        if (headers.TryGetValue("content-length", out var length))
            return await ExactlyAsync(int.Parse(length, CultureInfo.InvariantCulture));
        using var body = new MemoryStream();
        while (int.Parse(await LineAsync(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var size)
        {
            body.Write(await ExactlyAsync(size));
            await LineAsync();
        }

        await LineAsync();
        return body.ToArray();
    }

    private async Task<byte[]> ExactlyAsync(int count)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    private async Task<string> LineAsync()
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await _stream.ReadAsync(one) == 1)
        {
            if (one[0] == '\n')
                return line.ToString().TrimEnd('\r');
            line.Append((char)one[0]);
        }

        throw new EndOfStreamException();
    }
}
