namespace EventSegmentation.Evaluation;

/// <summary>What a definition and a contact's state may grow to. A definition beyond one is refused by name.</summary>
public static class Limits
{
    /// <summary>Levels of <c>all</c>, <c>any</c>, <c>not</c> and the leaf below them.</summary>
    public const int Depth = 8;

    /// <summary>Leaves of one condition.</summary>
    public const int Leaves = 100;

    /// <summary>Predicates in all the filters of one condition, and levels of one filter.</summary>
    public const int Predicates = 500;

    /// <summary>Event types in one list.</summary>
    public const int EventTypes = 10;

    /// <summary>Values in one list of a predicate.</summary>
    public const int Values = 1_000;

    /// <summary>Characters of an event type, a parameter's or field's name, and a text in a predicate.</summary>
    public const int Text = 300;

    /// <summary>Characters of a number as it is written, and the size of its exponent; more can be read, but not be stored.</summary>
    public const int NumberLength = 400;

    /// <summary>Errors that reading one definition reports; it says no more, and refuses it all the same.</summary>
    public const int Errors = 100;

    /// <summary>Parts of a dotted name.</summary>
    public const int PathParts = 10;

    /// <summary>Steps of a sequence.</summary>
    public const int Steps = 10;

    /// <summary>Periods a streak looks back.</summary>
    public const int StreakPeriods = 400;

    /// <summary>The furthest a relative period or a length reaches, in years.</summary>
    public const int Years = 100;

    /// <summary>The greatest number a count over a moving period, or a count of distinct values, may be compared with: so many times must be kept.</summary>
    public const int KeptCount = 1_000;

    /// <summary>
    /// Bytes that one leaf, or all events ahead of their time, may take in a written state. What would take more is not
    /// written, and the state says when it needs the history instead.
    /// </summary>
    public const int KeptBytes = 65_536;
}
