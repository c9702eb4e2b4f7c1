using System.Globalization;
using System.Numerics;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation;

/// <summary>
/// What a measure comes to over some events, exactly: a whole number of units of 10^-28, shared out so many times.
/// </summary>
internal readonly record struct ExactFigure(BigInteger Units, int Shares)
{
    private const int Digits = 28;

    private static readonly BigInteger One = BigInteger.Pow(10, Digits);

    /// <summary>The figure; null for the average, the minimum and the maximum of nothing.</summary>
    public static ExactFigure? Of(Measure measure, IReadOnlyList<ContactEvent> events)
    {
        if (measure.Figure == Figure.Count)
            return Whole(events.Count);
        if (measure.Figure == Figure.Distinct)
            return Whole(events.SelectMany(e => ValueKeys.Of(e.Params, measure.Param!)).Distinct().Count());
        var numbers = events.SelectMany(e => Numbers(measure.Param!, e)).ToList();
        return measure.Figure switch
        {
            Figure.Sum => new ExactFigure(Sum(numbers), 1),
            _ when numbers.Count == 0 => null,
            Figure.Average => new ExactFigure(Sum(numbers), numbers.Count),
            Figure.Minimum => new ExactFigure(UnitsOf(numbers.Min()), 1),
            Figure.Maximum => new ExactFigure(UnitsOf(numbers.Max()), 1),
            _ => throw new ArgumentOutOfRangeException(nameof(measure), measure, "not a figure"),
        };
    }

    /// <summary>Whether it lies in the range; nothing is rounded.</summary>
    public bool IsIn(NumberRange range) =>
        range.Reaches(Units.CompareTo(UnitsOf(range.First) * Shares)) && range.Stays(Units.CompareTo(UnitsOf(range.Second) * Shares));

    /// <summary>In plain digits without needless zeros; what lies behind the 28th is cut off, which only an average can have.</summary>
    public override string ToString()
    {
        var units = BigInteger.Divide(Units, Shares);
        var digits = BigInteger.Abs(units).ToString(CultureInfo.InvariantCulture).PadLeft(Digits + 1, '0');
        var plain = $"{digits[..^Digits]}.{digits[^Digits..]}".TrimEnd('0').TrimEnd('.');
        return units.Sign < 0 ? $"-{plain}" : plain;
    }

    private static ExactFigure Whole(int number) => new(number * One, 1);

    private static BigInteger Sum(List<decimal> numbers) => numbers.Select(UnitsOf).Aggregate(BigInteger.Zero, BigInteger.Add);

    private static BigInteger UnitsOf(decimal number)
    {
        var whole = decimal.Truncate(number);
        return ((BigInteger)whole * One) + (BigInteger)((number - whole) * 1e28m);
    }

    private static List<decimal> Numbers(ValuePath param, ContactEvent e)
    {
        var numbers = new List<decimal>();
        param.Some(e.Params, numbers, static (value, numbers) =>
        {
            if (JsonNumber.TryRead(value, out var number))
                numbers.Add(number);
            return false;
        });
        return numbers;
    }
}
