namespace EventSegmentation.Evaluation;

/// <summary>How segments refer to each other by <c>inSegment</c>.</summary>
public static class References
{
    /// <summary>A circle of segments that refer to each other, as keys, the first repeated at the end; null if there is none.</summary>
    /// <param name="segments">The definitions by key. Keys that are referred to and not here end the path.</param>
    public static IReadOnlyList<string>? FindCycle(IReadOnlyDictionary<string, Definition> segments)
    {
        ArgumentNullException.ThrowIfNull(segments);
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in segments.Keys.Order(StringComparer.Ordinal))
            if (Follow(key, []) is { } cycle)
                return cycle;
        return null;

        List<string>? Follow(string key, List<string> path)
        {
            var at = path.IndexOf(key);
            path.Add(key);
            if (at >= 0)
                return path[at..];
            if (!done.Contains(key) && segments.TryGetValue(key, out var definition))
                foreach (var next in definition.Segments.Order(StringComparer.Ordinal))
                    if (Follow(next, path) is { } cycle)
                        return cycle;
            done.Add(key);
            path.RemoveAt(path.Count - 1);
            return null;
        }
    }
}
