namespace EventSegmentation.Evaluation.Engine;

/// <summary>
/// A sum of decimals without rounding: whole parts and fractions, the latter in units of 10^-28, apart from each
/// other. Both have room for a thousand million of the greatest decimals.
/// </summary>
internal readonly record struct ExactSum(Int128 Whole, Int128 Fraction) : IComparable<ExactSum>
{
    private static readonly Int128[] PowersOfTen = Powers();

    private static Int128 One => PowersOfTen[28];

    public static ExactSum operator +(ExactSum a, ExactSum b) => new(a.Whole + b.Whole, a.Fraction + b.Fraction);

    public static ExactSum operator -(ExactSum a, ExactSum b) => new(a.Whole - b.Whole, a.Fraction - b.Fraction);

    /// <summary>The number, so many times.</summary>
    public static ExactSum Of(decimal number, long times = 1)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(number, bits);
        var digits = (Int128)new UInt128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]);
        var scale = (bits[3] >> 16) & 0xFF;
        var sign = bits[3] < 0 ? -times : times;
        if (scale == 0)
            return new ExactSum(digits * sign, 0);
        var (whole, rest) = Int128.DivRem(digits, PowersOfTen[scale]);
        return new ExactSum(whole * sign, rest * PowersOfTen[28 - scale] * sign);
    }

    public int CompareTo(ExactSum other)
    {
        var difference = this - other;
        var (carry, rest) = Int128.DivRem(difference.Fraction, One);
        var whole = difference.Whole + carry;
        return whole != 0 ? Int128.Sign(whole) : Int128.Sign(rest);
    }

    private static Int128[] Powers()
    {
        var powers = new Int128[29];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++)
            powers[i] = powers[i - 1] * 10;
        return powers;
    }
}
