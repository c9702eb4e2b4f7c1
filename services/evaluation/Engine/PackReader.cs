using System.Text;
using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>Reads what <see cref="PackWriter"/> has written. Bytes that cannot be its work throw <see cref="InvalidDataException"/>.</summary>
internal ref struct PackReader(ReadOnlySpan<byte> bytes, long timeBase)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>What times are relative to.</summary>
    public long TimeBase { get; set; } = timeBase;

    public byte Byte() => Take(1)[0];

    public ulong Unsigned()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }

        throw Corrupt();
    }

    /// <summary>A number from 0.</summary>
    public long Long()
    {
        var value = Unsigned();
        return value <= long.MaxValue ? (long)value : throw Corrupt();
    }

    /// <summary>How many elements follow, each of at least one byte.</summary>
    public int Count()
    {
        var value = Unsigned();
        return value <= (ulong)_rest.Length ? (int)value : throw Corrupt();
    }

    public long Signed()
    {
        var folded = Unsigned();
        return (long)(folded >> 1) ^ -(long)(folded & 1);
    }

    /// <summary>A time that the calendar of .NET has.</summary>
    public long Time()
    {
        var time = unchecked(Signed() + TimeBase);
        return Micros.IsInCalendar(time) ? time : throw Corrupt();
    }

    /// <summary>A time so much later than another.</summary>
    public long Later(long than)
    {
        var time = Micros.Add(than, Long());
        return Micros.IsInCalendar(time) ? time : throw Corrupt();
    }

    public long TimeOrNever() => Flag() ? Time() : Micros.Never;

    public bool Flag() => Byte() switch
    {
        0 => false,
        1 => true,
        _ => throw Corrupt(),
    };

    public Int128 Wide()
    {
        var folded = UInt128.Zero;
        for (var shift = 0; shift < 128; shift += 7)
        {
            var part = Byte();
            folded |= (UInt128)(part & 0x7Fu) << shift;
            if (part < 0x80)
                return (Int128)(folded >> 1) ^ -(Int128)(folded & 1);
        }

        throw Corrupt();
    }

    public string Text()
    {
        var length = Count();
        return Encoding.UTF8.GetString(Take(length));
    }

    public ulong Fixed(int bytes)
    {
        var value = 0UL;
        foreach (var part in Take(bytes))
            value = (value << 8) | part;
        return value;
    }

    public ReadOnlySpan<byte> Block() => Take(Count());

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw Corrupt();
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    private static InvalidDataException Corrupt() => new("The bytes are no contact state: they end too early or hold an impossible number.");
}
