namespace EventSegmentation.Evaluation.Conditions;

/// <summary>What is computed of the matching events.</summary>
public enum Figure
{
    /// <summary>How many there are.</summary>
    Count,

    /// <summary>The sum of a parameter; of nothing it is 0.</summary>
    Sum,

    /// <summary>The average of a parameter; of nothing there is none, and no range holds.</summary>
    Average,

    /// <summary>The smallest value of a parameter; of nothing there is none, and no range holds.</summary>
    Minimum,

    /// <summary>The greatest value of a parameter; of nothing there is none, and no range holds.</summary>
    Maximum,

    /// <summary>How many different values of a parameter there are.</summary>
    Distinct,
}

/// <summary>A figure and the range it must lie in.</summary>
/// <param name="Figure">What is computed.</param>
/// <param name="Param">The parameter it is computed of; null for <see cref="Figure.Count"/> alone.</param>
/// <param name="Range">Where it must lie.</param>
public sealed record Measure(Figure Figure, ValuePath? Param, NumberRange Range);
