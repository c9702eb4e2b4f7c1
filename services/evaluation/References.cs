namespace EventSegmentation.Evaluation;

/// <summary>How segments refer to each other by <c>inSegment</c>.</summary>
public static class References
{
    /// <summary>A circle of segments that refer to each other, as keys, the first repeated at the end; null if there is none.</summary>
    /// <param name="segments">The definitions by key. Keys that are referred to and not here end the path.</param>
    public static IReadOnlyList<string>? FindCycle(IReadOnlyDictionary<string, Definition> segments)
    {
        ArgumentNullException.ThrowIfNull(segments);
        return FindCycle(segments.ToDictionary(segment => segment.Key, IReadOnlyCollection<string> (segment) => segment.Value.Segments, StringComparer.Ordinal));
    }

    /// <summary>A circle of keys that refer to each other, the first repeated at the end; null if there is none.</summary>
    /// <param name="references">The keys that each refers to. Those that are referred to and not here end the path.</param>
    public static IReadOnlyList<string>? FindCycle(IReadOnlyDictionary<string, IReadOnlyCollection<string>> references)
    {
        ArgumentNullException.ThrowIfNull(references);
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in references.Keys.Order(StringComparer.Ordinal))
            if (Follow(key, []) is { } cycle)
                return cycle;
        return null;

        List<string>? Follow(string key, List<string> path)
        {
            var at = path.IndexOf(key);
            path.Add(key);
            if (at >= 0)
                return path[at..];
            if (!done.Contains(key) && references.TryGetValue(key, out var referred))
                foreach (var next in referred.Order(StringComparer.Ordinal))
                    if (Follow(next, path) is { } cycle)
                        return cycle;
            done.Add(key);
            path.RemoveAt(path.Count - 1);
            return null;
        }
    }
}
