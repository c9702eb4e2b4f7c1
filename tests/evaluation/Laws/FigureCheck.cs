using System.Globalization;
using System.Text.Json;
using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;
using EventSegmentation.Evaluation.Explaining;

namespace EventSegmentation.Evaluation.Tests.Laws;

/// <summary>Compares a figure with its condition, as whoever reads it would.</summary>
internal static class FigureCheck
{
    /// <summary>Whether a leaf holds, by nothing but its figure.</summary>
    public static bool Decides(Definition node, ExplainedFigure figure, DateTimeOffset at)
    {
        var now = Micros.Of(at);
        return (node.Condition, figure.Kind) switch
        {
            (Condition.Event leaf, FigureKind.Count or FigureKind.Distinct or FigureKind.Sum or FigureKind.Average or FigureKind.Minimum or FigureKind.Maximum) =>
                figure.Value is { } value && leaf.Measure.Range.Contains(value.GetDecimal()),
            (Condition.First leaf, FigureKind.First) => Time(figure) is { } time && leaf.Period.Contains(time, now),
            (Condition.Last leaf, FigureKind.Last) => Time(figure) is { } time && leaf.Period.Contains(time, now),
            (Condition.First leaf, FigureKind.Params) => figure.Value is { } value && leaf.Has!.Holds(value, now),
            (Condition.Last leaf, FigureKind.Params) => figure.Value is { } value && leaf.Has!.Holds(value, now),
            (Condition.Last, FigureKind.Followers) => figure.Value is { } value && value.GetInt32() == 0,
            (Condition.Streak leaf, FigureKind.Units) => figure.Value!.Value.GetInt32() >= leaf.InAtLeast,
            (Condition.Sequence leaf, FigureKind.Steps) => figure.Value!.Value.GetInt32() == leaf.Steps.Count,
            (Condition.Contact { IsInstant: true, Predicate: Predicate.Dated dated }, FigureKind.Field) => Time(figure) is { } time && dated.Matches(time, now),
            (Condition.Contact { IsInstant: false } leaf, FigureKind.Field) => leaf.Predicate.Holds(Object(leaf.Field.Text, figure.Value), leaf.Field, now),
            (Condition.InSegment leaf, FigureKind.Since) => Time(figure) is { } time && (leaf.For is not { } length || now - time >= length.Micros),
            (Condition.Listed, FigureKind.Since) => Time(figure) is not null,
            (Condition.Sample leaf, FigureKind.Place) => figure.Value!.Value.GetDecimal() < leaf.Percent,
            _ => throw new InvalidOperationException($"{figure} is no figure of {node.Sentence}"),
        };
    }

    private static long? Time(ExplainedFigure figure) =>
        figure.Value is { } value ? Micros.Of(DateTimeOffset.Parse(value.GetString()!, CultureInfo.InvariantCulture)) : null;

    private static JsonElement Object(string name, JsonElement? value) =>
        JsonElement.Parse(value is { } json ? $"{{{JsonSerializer.Serialize(name)}:{json.GetRawText()}}}" : "{}");
}
