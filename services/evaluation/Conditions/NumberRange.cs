using System.Globalization;

namespace EventSegmentation.Evaluation.Conditions;

/// <summary>How a figure or a value is compared with numbers.</summary>
public enum Comparison
{
    /// <summary>Not below the number.</summary>
    AtLeast,

    /// <summary>Not above the number.</summary>
    AtMost,

    /// <summary>The number itself.</summary>
    Exactly,

    /// <summary>Above the number.</summary>
    MoreThan,

    /// <summary>Below the number.</summary>
    LessThan,

    /// <summary>Not below the first and not above the second.</summary>
    Between,
}

/// <summary>A range of numbers.</summary>
/// <param name="Comparison">How to compare.</param>
/// <param name="First">The number, or the lower of two.</param>
/// <param name="Second">The upper of two; otherwise equal to the first.</param>
public sealed record NumberRange(Comparison Comparison, decimal First, decimal Second)
{
    /// <summary>Whether the range has a lower end.</summary>
    internal bool HasLow => Comparison is not (Comparison.AtMost or Comparison.LessThan);

    /// <summary>Whether the range has an upper end.</summary>
    internal bool HasHigh => Comparison is not (Comparison.AtLeast or Comparison.MoreThan);

    /// <summary>Whether the number lies in the range.</summary>
    public bool Contains(decimal number) => Reaches(number.CompareTo(First)) && Stays(number.CompareTo(Second));

    /// <summary>The lower end is kept, given how something compares with <see cref="First"/>.</summary>
    internal bool Reaches(int toFirst) => !HasLow || (Comparison == Comparison.MoreThan ? toFirst > 0 : toFirst >= 0);

    /// <summary>The upper end is kept, given how something compares with <see cref="Second"/>.</summary>
    internal bool Stays(int toSecond) => !HasHigh || (Comparison == Comparison.LessThan ? toSecond < 0 : toSecond <= 0);

    /// <inheritdoc />
    public override string ToString() => Comparison switch
    {
        Comparison.AtLeast => $"at least {Number(First)}",
        Comparison.AtMost => $"at most {Number(First)}",
        Comparison.Exactly => $"exactly {Number(First)}",
        Comparison.MoreThan => $"more than {Number(First)}",
        Comparison.LessThan => $"less than {Number(First)}",
        _ => $"between {Number(First)} and {Number(Second)}",
    };

    /// <summary>The number in plain digits, without needless zeros.</summary>
    internal static string Number(decimal number) => number.ToString("0.############################", CultureInfo.InvariantCulture);
}
