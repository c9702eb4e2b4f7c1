using System.Text.Json;

namespace EventSegmentation.Evaluation.Explaining;

/// <summary>
/// Why a condition holds for a contact at an instant, or does not: one node for each <c>all</c>, <c>any</c>, <c>not</c> and leaf,
/// in the definition's order. A leaf that asks for several things has a part for each of them and holds if all do. Figure
/// and events stand on nodes without parts, and the figure on a leaf that refers to a segment, whose part is what that asks for.
/// </summary>
/// <param name="Text">What the node asks for, in one plain sentence.</param>
/// <param name="Holds">Whether it holds at the instant.</param>
/// <param name="Figure">What was found; null on a node with parts, and for an empty <c>all</c> or <c>any</c>.</param>
/// <param name="Events">The ids of the events that made it so, in their order; only the latest <see cref="MaxEvents"/> of them.</param>
/// <param name="EventCount">How many such events there are in all.</param>
/// <param name="ChangesAt">
/// The earliest later instant at which time alone makes the answer another, in the light of all that is known: events that
/// lie after the instant come in at their time. Null if that never happens. Where hundreds of due times or a thousand later
/// events pass without a change it is an earlier instant, up to which the answer is sure to stay.
/// </param>
/// <param name="Parts">The nodes below.</param>
public sealed record Explanation(
    string Text,
    bool Holds,
    ExplainedFigure? Figure,
    IReadOnlyList<string> Events,
    int EventCount,
    DateTimeOffset? ChangesAt,
    IReadOnlyList<Explanation> Parts)
{
    /// <summary>The number of nodes from which on segments that are referred to have no part any more.</summary>
    public const int MaxNodes = 300;

    /// <summary>The greatest number of event ids in one node.</summary>
    public const int MaxEvents = 20;
}

/// <summary>What was found for a leaf, and what it is compared with.</summary>
/// <param name="Kind">What the value is.</param>
/// <param name="Value">The value; null if there is none. <see cref="FigureKind"/> says of which form.</param>
/// <param name="Bound">What it must be, in the words of the sentence; null if being there is enough.</param>
public sealed record ExplainedFigure(FigureKind Kind, JsonElement? Value, string? Bound)
{
    /// <summary>The greatest number of values of one field or parameter that are shown.</summary>
    public const int MaxValues = 20;
}

/// <summary>What a figure is.</summary>
public enum FigureKind
{
    /// <summary>How many matching events lie in the period: a number.</summary>
    Count,

    /// <summary>The sum over them: a number.</summary>
    Sum,

    /// <summary>The average over them: a number, cut off after 28 digits; none over nothing.</summary>
    Average,

    /// <summary>The smallest value over them: a number; none over nothing.</summary>
    Minimum,

    /// <summary>The greatest value over them: a number; none over nothing.</summary>
    Maximum,

    /// <summary>How many different values they have: a number.</summary>
    Distinct,

    /// <summary>When the first matching event occurred: an instant; none if there never was one.</summary>
    First,

    /// <summary>When the last matching event occurred: an instant; none if there never was one.</summary>
    Last,

    /// <summary>What the first or last event has in the parameters that are asked for: an object; none if there is no such event.</summary>
    Params,

    /// <summary>How many events followed the last one that must not: a number; none if there is no last one.</summary>
    Followers,

    /// <summary>How many units of a streak have enough events: a number.</summary>
    Units,

    /// <summary>How many steps of a sequence have been made: a number.</summary>
    Steps,

    /// <summary>What a field of the contact has: its value, a list of several, or an instant; none if it is missing.</summary>
    Field,

    /// <summary>Since when the contact has been in the segment: an instant; none if it is not in it.</summary>
    Since,

    /// <summary>Where the contact lies among all, in percent from 0: a number, cut off after ten digits.</summary>
    Place,
}
