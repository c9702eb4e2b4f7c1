using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>
/// Publishes and takes messages whose properties are any bytes at all: the client of .NET writes none but texts, and cannot read some. One
/// connection and one channel with confirms; who is refused by the broker opens another.
/// </summary>
internal sealed class RawClient : IDisposable
{
    private const int MethodFrame = 1;
    private const int HeaderFrame = 2;
    private const int BodyFrame = 3;
    private const int FrameEnd = 0xCE;
    private const int FrameAround = 8;
    private const int Basic = 60;
    private const int HeaderBytes = 7;

    private readonly TcpClient _client = new() { NoDelay = true };
    private NetworkStream _stream = null!;
    private int _maxFrame;

    private RawClient()
    {
    }

    public static async Task<RawClient> OpenAsync(Uri broker)
    {
        var client = new RawClient();
        await client._client.ConnectAsync(broker.Host, broker.Port);
        client._stream = client._client.GetStream();
        await client._stream.WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray());
        await client.MethodAsync(10, 10);
        var user = broker.UserInfo.Split(':').Select(Uri.UnescapeDataString).ToArray();
        await client.SendAsync(0, new AmqpBytes().Short(10).Short(11).Long(0).ShortText("PLAIN").LongBytes(Encoding.UTF8.GetBytes($"\0{user[0]}\0{user[1]}")).ShortText("en_US"));
        var tune = await client.MethodAsync(10, 30);
        client._maxFrame = BinaryPrimitives.ReadInt32BigEndian(tune.AsSpan(2));
        await client.SendAsync(0, new AmqpBytes().Short(10).Short(31).Raw(tune.AsSpan(0, 6)).Short(0));
        await client.SendAsync(0, new AmqpBytes().Short(10).Short(40).ShortText(Uri.UnescapeDataString(broker.AbsolutePath[1..])).ShortText("").Byte(0));
        await client.MethodAsync(10, 41);
        await client.SendAsync(1, new AmqpBytes().Short(20).Short(10).ShortText(""));
        await client.MethodAsync(20, 11);
        await client.SendAsync(1, new AmqpBytes().Short(85).Short(10).Byte(0));
        await client.MethodAsync(85, 11);
        return client;
    }

    /// <summary>Publishes and waits for the confirm; false if the broker refused the message and closed the connection or the channel.</summary>
    /// <param name="properties">What follows the flags of the header frame, with the flags.</param>
    public async Task<bool> PublishAsync(string exchange, byte[] properties, byte[] body)
    {
        var frames = new AmqpBytes()
            .Raw(Frame(MethodFrame, 1, new AmqpBytes().Short(Basic).Short(40).Short(0).ShortText(exchange).ShortText("").Byte(0).ToArray()))
            .Raw(Frame(HeaderFrame, 1, new AmqpBytes().Short(Basic).Short(0).LongLong(body.Length).Raw(properties).ToArray()));
        foreach (var part in body.Chunk(_maxFrame - FrameAround))
            frames.Raw(Frame(BodyFrame, 1, part));
        try
        {
            await _stream.WriteAsync(frames.ToArray());
            while (true)
            {
                var (type, payload) = await FrameAsync().InTimeAsync();
                if (type != MethodFrame)
                    continue;
                var (of, method) = (BinaryPrimitives.ReadUInt16BigEndian(payload), BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(2)));
                if (of == Basic)
                    return method == 80;
                if (of is 10 or 20)
                    return false;
            }
        }
        catch (Exception end) when (end is IOException or SocketException)
        {
            return false;
        }
    }

    /// <summary>Takes a message off a queue; null if there is none.</summary>
    public async Task<RawMessage?> TakeAsync(string queue)
    {
        await SendAsync(1, new AmqpBytes().Short(Basic).Short(70).Short(0).ShortText(queue).Byte(1));
        var (_, method) = await FrameAsync().InTimeAsync();
        if (BinaryPrimitives.ReadUInt16BigEndian(method.AsSpan(2)) != 71)
            return null;
        var (_, header) = await FrameAsync().InTimeAsync();
        var body = new List<byte>();
        while (body.Count < BinaryPrimitives.ReadInt64BigEndian(header.AsSpan(4)))
            body.AddRange((await FrameAsync().InTimeAsync()).Payload);
        return new(header[12..], [.. body]);
    }

    public void Dispose() => _client.Dispose();

    private async Task SendAsync(int channel, AmqpBytes method) => await _stream.WriteAsync(Frame(MethodFrame, channel, method.ToArray()));

    /// <summary>The arguments of the next method, which must be this one.</summary>
    private async Task<byte[]> MethodAsync(int of, int method)
    {
        var (_, payload) = await FrameAsync().InTimeAsync();
        return BinaryPrimitives.ReadUInt16BigEndian(payload) == of && BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(2)) == method
            ? payload[4..]
            : throw new IOException($"The broker said {Encoding.UTF8.GetString(payload)} in place of {of}.{method}.");
    }

    private async Task<(int Type, byte[] Payload)> FrameAsync()
    {
        var header = new byte[HeaderBytes];
        await _stream.ReadExactlyAsync(header);
        var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(3)) + 1];
        await _stream.ReadExactlyAsync(payload);
        return (header[0], payload[..^1]);
    }

    private static byte[] Frame(int type, int channel, byte[] payload) =>
        new AmqpBytes().Byte(type).Short(channel).LongBytes(payload).Byte(FrameEnd).ToArray();
}
