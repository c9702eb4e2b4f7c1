namespace EventSegmentation.Evaluation.Explaining;

/// <summary>Which segments hang on which.</summary>
internal static class SegmentReach
{
    /// <summary>The known segments of these keys, and all those they refer to, directly or through others; in the order of keys.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<string> keys, IReadOnlyDictionary<string, Definition> segments)
    {
        var reached = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var key in keys)
            Reach(key);
        return [.. reached];

        void Reach(string key)
        {
            if (segments.TryGetValue(key, out var definition) && reached.Add(key))
                foreach (var next in definition.Segments)
                    Reach(next);
        }
    }
}
