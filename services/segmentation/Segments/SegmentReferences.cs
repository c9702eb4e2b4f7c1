using EventSegmentation.Evaluation;

namespace EventSegmentation.Segmentation.Segments;

/// <summary>Checks what a definition says of other segments.</summary>
internal static class SegmentReferences
{
    /// <summary>Why a definition cannot stand among the others; null if it can.</summary>
    public static Creation? Check(string key, Definition definition, IReadOnlyDictionary<string, Definition> others)
    {
        var all = new Dictionary<string, Definition>(others, StringComparer.Ordinal) { [key] = definition };
        var unknown = definition.Segments.Order(StringComparer.Ordinal).FirstOrDefault(other => !all.ContainsKey(other));
        if (unknown is not null)
            return new Creation.UnknownSegment(unknown, Nearest.To(unknown, others.Keys));
        return References.FindCycle(all) is { } path ? new Creation.Circle(path) : null;
    }
}
