using System.Text.Json;
using EventSegmentation.Evaluation.Explaining;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>What was found for a leaf, and what it must be.</summary>
/// <param name="Kind">One of the words of <see cref="FigureKind"/>, in camel case.</param>
internal sealed record FigureView(string Kind, JsonElement? Value, string? Bound);

/// <summary>One node of an explanation.</summary>
/// <param name="Events">The ids of the events that made it so, the latest <see cref="Explanation.MaxEvents"/> of <paramref name="EventCount"/>.</param>
/// <param name="ChangesAt">When time alone makes the answer another; null if it never does.</param>
internal sealed record ExplanationNode(
    string Text, bool Holds, FigureView? Figure, IReadOnlyList<string> Events, int EventCount, DateTimeOffset? ChangesAt, IReadOnlyList<ExplanationNode> Parts)
{
    public static ExplanationNode Of(Explanation explanation) => new(
        explanation.Text,
        explanation.Holds,
        explanation.Figure is { } figure ? new(JsonNamingPolicy.CamelCase.ConvertName(figure.Kind.ToString()), figure.Value, figure.Bound) : null,
        explanation.Events,
        explanation.EventCount,
        explanation.ChangesAt,
        [.. explanation.Parts.Select(Of)]);
}

/// <summary>Why a contact is in a segment at an instant, or is not: the root of the tree, and what was asked.</summary>
/// <param name="ContactId">The contact that stands for the person: another than was asked for if that one is merged.</param>
/// <param name="Version">The version of the segment that is explained.</param>
/// <param name="VersionState"><c>live</c>, or what else has become of that version.</param>
/// <param name="Notes">What is to be known beside it, such as that the segment did not exist yet; none if there is nothing.</param>
internal sealed record ExplanationView(
    string ContactId, string SegmentKey, int Version, string VersionState, DateTimeOffset At, IReadOnlyList<string> Notes,
    string Text, bool Holds, FigureView? Figure, IReadOnlyList<string> Events, int EventCount, DateTimeOffset? ChangesAt, IReadOnlyList<ExplanationNode> Parts)
{
    public static ExplanationView Of(string contactId, ExplainedSegment segment, DateTimeOffset at, Explanation explanation)
    {
        var root = ExplanationNode.Of(explanation);
        return new(contactId, segment.Key, segment.Version, segment.State, at, [.. segment.Notes(at)], root.Text, root.Holds, root.Figure, root.Events, root.EventCount, root.ChangesAt, root.Parts);
    }
}
