using System.Globalization;
using EventSegmentation.Evaluation.Explaining;

namespace EventSegmentation.Evaluation.Tests.Explaining;

/// <summary>Writes an explanation as a case file has it: a line a node, what is below it moved in.</summary>
internal static class ExplanationText
{
    /// <summary><c>yes the sentence; the figure, what it must be; events; until when</c>.</summary>
    public static IEnumerable<string> Lines(Explanation node, int depth = 0) =>
        node.Parts.SelectMany(part => Lines(part, depth + 1)).Prepend($"{new string(' ', depth * 2)}{(node.Holds ? "yes" : "no")} {string.Join("; ", Said(node))}");

    private static IEnumerable<string> Said(Explanation node)
    {
        yield return node.Text;
        if (node.Figure is { } figure)
            yield return $"{figure.Kind.ToString().ToLowerInvariant()} {figure.Value?.GetRawText() ?? "none"}{(figure.Bound is { } bound ? $", {bound}" : "")}";
        if (node.Events.Count > 0)
            yield return $"{string.Join(' ', node.Events)}{(node.EventCount > node.Events.Count ? $" of {node.EventCount}" : "")}";
        if (node.ChangesAt is { } changes)
            yield return $"until {changes.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFF", CultureInfo.InvariantCulture)}";
    }
}
