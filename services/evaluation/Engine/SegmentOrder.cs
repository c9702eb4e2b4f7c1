namespace EventSegmentation.Evaluation.Engine;

/// <summary>Puts segments behind those they refer to.</summary>
internal static class SegmentOrder
{
    /// <summary>The segments, each behind all it refers to, otherwise by id.</summary>
    /// <exception cref="ArgumentException">Two of one world have one key.</exception>
    /// <exception cref="SegmentFaultException">Some refer to each other in a circle, or a next one refers to one that has to have a next one too.</exception>
    public static PlannedSegment[] Sort(PlannedSegment[] byId)
    {
        var keys = new SegmentKeys(byId);
        foreach (var isNext in (bool[])[false, true])
            if (References.FindCycle(byId.Where(segment => segment.Key is not null && segment.IsNext == isNext).ToDictionary(segment => segment.Key!, segment => segment.Definition)) is { } cycle)
                throw new SegmentFaultException(
                    [.. byId.Where(segment => segment.IsNext == isNext && segment.Key is not null && cycle.Contains(segment.Key)).Select(segment => segment.Id)],
                    $"Segments refer to each other in a circle: {string.Join(" → ", cycle)}.");
        if (keys.FindLeftBehind() is >= 0 and var left)
            throw new SegmentFaultException([byId[left].Id], $"Segment {byId[left].Id} refers to one of which there is a next one and is referred to by a next one, but has no next one itself.");

        var sorted = new List<PlannedSegment>(byId.Length);
        var placed = new HashSet<int>();
        for (var segment = 0; segment < byId.Length; segment++)
            Place(segment);
        return [.. sorted];

        void Place(int segment)
        {
            if (!placed.Add(segment))
                return;
            foreach (var other in keys.ReferredBy(segment))
                Place(other);
            sorted.Add(byId[segment]);
        }
    }
}
