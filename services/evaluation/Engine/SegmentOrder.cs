namespace EventSegmentation.Evaluation.Engine;

/// <summary>Puts segments behind those they refer to.</summary>
internal static class SegmentOrder
{
    /// <summary>The segments, each behind all it refers to, otherwise by id.</summary>
    /// <exception cref="ArgumentException">Two have one key, or some refer to each other in a circle.</exception>
    public static PlannedSegment[] Sort(PlannedSegment[] byId)
    {
        var byKey = new Dictionary<string, PlannedSegment>(StringComparer.Ordinal);
        foreach (var segment in byId)
            if (segment.Key is { } key && !byKey.TryAdd(key, segment))
                throw new ArgumentException($"Segments {byKey[key].Id} and {segment.Id} both have the key '{key}'.", nameof(byId));
        if (References.FindCycle(byKey.ToDictionary(pair => pair.Key, pair => pair.Value.Definition)) is { } cycle)
            throw new ArgumentException($"Segments refer to each other in a circle: {string.Join(" → ", cycle)}.", nameof(byId));

        var sorted = new List<PlannedSegment>(byId.Length);
        var placed = new HashSet<long>();
        foreach (var segment in byId)
            Place(segment);
        return [.. sorted];

        void Place(PlannedSegment segment)
        {
            if (!placed.Add(segment.Id))
                return;
            foreach (var key in segment.Definition.Segments.Order(StringComparer.Ordinal))
                if (byKey.TryGetValue(key, out var other))
                    Place(other);
            sorted.Add(segment);
        }
    }
}
