using System.Buffers.Binary;
using System.Text;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>Writes the values of AMQP 0-9-1, also those that no client writes.</summary>
internal sealed class AmqpBytes
{
    private readonly List<byte> _bytes = [];

    public byte[] ToArray() => [.. _bytes];

    public AmqpBytes Byte(int value)
    {
        _bytes.Add((byte)value);
        return this;
    }

    public AmqpBytes Short(int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        _bytes.AddRange(bytes);
        return this;
    }

    public AmqpBytes Long(long value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)value);
        _bytes.AddRange(bytes);
        return this;
    }

    public AmqpBytes LongLong(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public AmqpBytes Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>A short string: up to 255 bytes, text or not.</summary>
    public AmqpBytes ShortText(byte[] text) => Byte(text.Length).Raw(text);

    public AmqpBytes ShortText(string text) => ShortText(Encoding.UTF8.GetBytes(text));

    /// <summary>A long string, or a table, or an array: bytes behind their number.</summary>
    public AmqpBytes LongBytes(byte[] bytes) => Long(bytes.Length).Raw(bytes);
}
