using System.Globalization;
using System.Text;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>How the length of a body is told.</summary>
internal enum Framing
{
    /// <summary>By its length.</summary>
    Length,

    /// <summary>In chunks.</summary>
    Chunks,

    /// <summary>By a length that is greater: the body breaks off.</summary>
    TooShort,

    /// <summary>By a length that is smaller: something stands behind the body.</summary>
    TooLong,

    /// <summary>By a length that is no number.</summary>
    NoNumber,
}

/// <summary>A request, byte for byte.</summary>
/// <param name="Target">The address as it stands in the first line.</param>
/// <param name="Headers">Further headers, as they are sent.</param>
internal sealed record FuzzRequest(string Method, string Target, string Key, byte[] Body)
{
    private const int ChunkBytes = 1_000;

    /// <summary>Longer ones are the server's own business, which answers by itself.</summary>
    private const int MaxSoundTarget = 7_000;

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    public Framing Framing { get; init; }

    /// <summary>True if the request is well-formed as such, so that the service itself must answer.</summary>
    public bool IsSound => Framing is Framing.Length or Framing.Chunks && Target.Length < MaxSoundTarget && Target.All(c => c is > ' ' and < '\u007f') && !Target.Split('?')[0].Contains("%00", StringComparison.Ordinal)
        && Headers.All(header => header.Value.Length < MaxSoundTarget && header.Value.All(c => c is >= ' ' and < '\u007f'));

    /// <summary>True if there is less of the body than is announced, so that nothing of it may be taken.</summary>
    public bool BreaksOff => Framing == Framing.TooShort;

    /// <summary>The request and, where it breaks off, nothing more.</summary>
    public byte[] Bytes()
    {
        using var bytes = new MemoryStream();
        Write($"{Method} {Target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {Key}\r\n");
        foreach (var (name, value) in Headers)
            Write($"{name}: {value}\r\n");
        Write(Framing switch
        {
            Framing.Chunks => "Transfer-Encoding: chunked\r\n\r\n",
            Framing.TooShort => string.Create(CultureInfo.InvariantCulture, $"Content-Length: {Body.Length + 7}\r\n\r\n"),
            Framing.TooLong => string.Create(CultureInfo.InvariantCulture, $"Content-Length: {Body.Length / 2}\r\n\r\n"),
            Framing.NoNumber => "Content-Length: 1e3\r\n\r\n",
            _ => string.Create(CultureInfo.InvariantCulture, $"Content-Length: {Body.Length}\r\n\r\n"),
        });
        if (Framing == Framing.Chunks)
        {
            foreach (var chunk in Body.Chunk(ChunkBytes))
            {
                Write(string.Create(CultureInfo.InvariantCulture, $"{chunk.Length:x}\r\n"));
                bytes.Write(chunk);
                Write("\r\n");
            }

            Write("0\r\n\r\n");
        }
        else
            bytes.Write(Body);
        return bytes.ToArray();

        void Write(string text) => bytes.Write(Encoding.UTF8.GetBytes(text));
    }

    public override string ToString() => $"""
        {Method} {Target}
        {string.Join('\n', Headers.Select(header => $"{header.Name}: {header.Value}"))}
        {Framing} {Encoding.UTF8.GetString(Body)}
        as base64 {Convert.ToBase64String(Body)}
        """;
}
