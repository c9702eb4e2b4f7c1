using System.Buffers;
using System.Text;
using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>
/// Writes numbers in as few bytes as they need (seven bits a byte, small ones first, signs folded in), and times
/// as their distance from a base.
/// </summary>
internal sealed class PackWriter(long timeBase)
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    public void Clear() => _bytes.ResetWrittenCount();

    public void Byte(byte value)
    {
        _bytes.GetSpan(1)[0] = value;
        _bytes.Advance(1);
    }

    public void Unsigned(ulong value)
    {
        var span = _bytes.GetSpan(10);
        var length = 0;
        for (; value >= 0x80; value >>= 7)
            span[length++] = (byte)(value | 0x80);
        span[length++] = (byte)value;
        _bytes.Advance(length);
    }

    public void Count(long value) => Unsigned(checked((ulong)value));

    public void Signed(long value) => Unsigned((ulong)((value << 1) ^ (value >> 63)));

    public void Time(long time) => Signed(unchecked(time - timeBase));

    /// <summary>A time, or one byte for <see cref="Micros.Never"/>.</summary>
    public void TimeOrNever(long time)
    {
        Flag(time != Micros.Never);
        if (time != Micros.Never)
            Time(time);
    }

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Wide(Int128 value)
    {
        var folded = (UInt128)((value << 1) ^ (value >> 127));
        for (; folded >= 0x80; folded >>= 7)
            Byte((byte)((byte)folded | 0x80));
        Byte((byte)folded);
    }

    public void Text(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Count(length);
        Encoding.UTF8.GetBytes(text, _bytes.GetSpan(length));
        _bytes.Advance(length);
    }

    /// <summary>The lowest bytes of a number, the highest first.</summary>
    public void Fixed(ulong value, int bytes)
    {
        for (var shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
            Byte((byte)(value >> shift));
    }

    public void Bytes(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);

    /// <summary>Bytes with their length before them.</summary>
    public void Block(ReadOnlySpan<byte> bytes)
    {
        Count(bytes.Length);
        _bytes.Write(bytes);
    }
}
