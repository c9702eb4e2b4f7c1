using EventSegmentation.Evaluation;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>A definition that is not live, made ready with the segments that it refers to.</summary>
internal static class DraftPlan
{
    /// <summary>The definition's own id in the plan.</summary>
    public const long Id = 0;

    /// <summary>A plan of the definition and of what it refers to, directly or through others.</summary>
    /// <param name="segments">The definitions of the live segments by key.</param>
    public static Plan Of(Definition definition, IReadOnlyDictionary<string, Definition> segments)
    {
        var reached = new SortedDictionary<string, Definition>(StringComparer.Ordinal);
        Gather(definition);
        return Plan.Compile([new PlannedSegment(Id, 1, definition), .. reached.Index().Select(one => new PlannedSegment(one.Index + 1, 1, one.Item.Value, one.Item.Key))]);

        void Gather(Definition from)
        {
            foreach (var key in from.Segments)
            {
                if (segments.TryGetValue(key, out var found) && reached.TryAdd(key, found))
                    Gather(found);
            }
        }
    }
}
