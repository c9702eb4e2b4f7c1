using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Conditions;

/// <summary>A condition on a contact: a tree of <see cref="All"/>, <see cref="Any"/> and <see cref="Not"/> over leaves.</summary>
public abstract record Condition
{
    private Condition()
    {
    }

    /// <summary>Every part holds; without parts it holds for everyone.</summary>
    public sealed record All(IReadOnlyList<Condition> Parts) : Condition;

    /// <summary>Some part holds; without parts it holds for nobody.</summary>
    public sealed record Any(IReadOnlyList<Condition> Parts) : Condition;

    /// <summary>The part does not hold.</summary>
    public sealed record Not(Condition Part) : Condition;

    /// <summary>The figure of the matching events in the period lies in the measure's range.</summary>
    /// <param name="Events">Which events.</param>
    /// <param name="Measure">What is counted or computed of them, and its range.</param>
    /// <param name="Period">When they occurred.</param>
    /// <param name="OlderThan">One more requirement: the contact was first seen at least so long ago.</param>
    public sealed record Event(EventFilter Events, Measure Measure, Period Period, Length? OlderThan) : Condition;
}

/// <summary>Which events a condition looks at.</summary>
/// <param name="Types">One to ten event types, any of them, compared exactly, in order and without repetition.</param>
/// <param name="Where">What their parameters must satisfy; null for all.</param>
public sealed record EventFilter(IReadOnlyList<string> Types, Where? Where);
