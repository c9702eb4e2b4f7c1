namespace EventSegmentation.Evaluation.Engine;

/// <summary>
/// Which segment a key means for whom: those that serve refer to each other, and those that are next to each other first
/// and then to those that serve.
/// </summary>
internal sealed class SegmentKeys
{
    private readonly Dictionary<string, int> _serving = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _next = new(StringComparer.Ordinal);
    private readonly PlannedSegment[] _segments;

    /// <exception cref="ArgumentException">Two segments of one world have one key.</exception>
    public SegmentKeys(PlannedSegment[] segments)
    {
        _segments = segments;
        foreach (var (index, segment) in segments.Index())
            if (segment.Key is { } key && !(segment.IsNext ? _next : _serving).TryAdd(key, index))
                throw new ArgumentException($"Segments {segments[(segment.IsNext ? _next : _serving)[key]].Id} and {segment.Id} both have the key '{key}'.", nameof(segments));
    }

    /// <summary>The place of the segment that a key means for the segment at a place; -1 if it means something outside the plan.</summary>
    public int Find(string key, int of) =>
        (_segments[of].IsNext && _next.TryGetValue(key, out var next)) || _serving.TryGetValue(key, out next) ? next : -1;

    /// <summary>The places of the segments that the one at a place refers to, in the order of their keys.</summary>
    public IEnumerable<int> ReferredBy(int segment) =>
        _segments[segment].Definition.Segments.Order(StringComparer.Ordinal).Select(key => Find(key, segment)).Where(other => other >= 0);

    /// <summary>The place of a segment that serves, and refers to one of which there is a next one, though it is referred to by a next one itself; -1 if there is none.</summary>
    /// <remarks>It would mean another thing once the next ones serve, so a next one of it has to be there as well.</remarks>
    public int FindLeftBehind()
    {
        var seen = new HashSet<int>();
        var open = new Stack<int>(Enumerable.Range(0, _segments.Length).Where(segment => _segments[segment].IsNext));
        while (open.TryPop(out var segment))
            foreach (var other in ReferredBy(segment))
            {
                if (_segments[other].IsNext || !seen.Add(other))
                    continue;
                if (_segments[other].Definition.Segments.Any(_next.ContainsKey))
                    return other;
                open.Push(other);
            }

        return -1;
    }
}
