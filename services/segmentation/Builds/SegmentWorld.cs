using EventSegmentation.Evaluation;

namespace EventSegmentation.Segmentation.Builds;

/// <summary>A segment with the version by which it serves.</summary>
/// <param name="Definition">What its administrator wrote; of a static one, to be on its list; of a suspended one, to be in it.</param>
internal sealed record WorldSegment(long Id, string Key, long VersionId, int Version, Definition Definition);

/// <summary>What is to become of a world.</summary>
/// <param name="Segments">By key; null ends the segment.</param>
/// <param name="Groups">The keys of the segments by the key of the group, highest first; none ends the group.</param>
internal sealed record WorldChange(IReadOnlyDictionary<string, WorldSegment?> Segments, IReadOnlyDictionary<string, IReadOnlyList<string>> Groups);

/// <summary>All segments as they serve at one time, and the groups in which only one of them has a contact. Immutable.</summary>
internal sealed class SegmentWorld
{
    /// <summary>The most segments that are kept up to date at one time.</summary>
    public const int MaxLive = 1_000;

    /// <summary>The most segments in one group.</summary>
    public const int MaxGroup = 20;

    private readonly Dictionary<string, (string Group, IReadOnlyList<string> Order, int Place)> _places = new(StringComparer.Ordinal);

    public SegmentWorld(IReadOnlyDictionary<string, WorldSegment> segments, IReadOnlyDictionary<string, IReadOnlyList<string>> groups)
    {
        (Segments, Groups) = (segments, groups);
        foreach (var (group, order) in groups)
            foreach (var (place, key) in order.Index())
                _places.TryAdd(key, (group, order, place));
    }

    public IReadOnlyDictionary<string, WorldSegment> Segments { get; }

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Groups { get; }

    /// <summary>The world after a change.</summary>
    public SegmentWorld With(WorldChange change)
    {
        var segments = new Dictionary<string, WorldSegment>(Segments, StringComparer.Ordinal);
        foreach (var (key, segment) in change.Segments)
            if (segment is null)
                segments.Remove(key);
            else
                segments[key] = segment;
        var groups = new Dictionary<string, IReadOnlyList<string>>(Groups, StringComparer.Ordinal);
        foreach (var (key, order) in change.Groups)
            if (order.Count == 0)
                groups.Remove(key);
            else
                groups[key] = order;
        return new(segments, groups);
    }

    /// <summary>The group of a segment, or null.</summary>
    public string? GroupOf(string key) => _places.TryGetValue(key, out var place) ? place.Group : null;

    /// <summary>The segments that stand before one in its group, highest first.</summary>
    public IReadOnlyList<WorldSegment> Before(string key) =>
        _places.TryGetValue(key, out var place)
            ? [.. place.Order.Take(place.Place).Select(other => Segments.GetValueOrDefault(other)).OfType<WorldSegment>()]
            : [];

    /// <summary>What a segment comes to: its own definition behind those that stand before it in its group.</summary>
    public Definition Effective(string key) => Effective(key, Segments[key].Definition);

    /// <summary>What a definition would come to in the place of a segment; of one that is in no group or suspended, the definition itself.</summary>
    public Definition Effective(string key, Definition definition) => definition.IsSuspended ? definition : definition.Behind(Before(key).Select(other => (other.Key, other.Definition)));

    /// <summary>
    /// The keys of the other world's segments that are not evaluated there as they are here: another version, others before
    /// it in its group, or something of that kind in what it refers to. One that is suspended is so only if it is another version or
    /// is suspended no more. In the order of keys.
    /// </summary>
    public IReadOnlyList<string> Affected(SegmentWorld next)
    {
        var known = new Dictionary<string, bool>(StringComparer.Ordinal);
        return [.. next.Segments.Keys.Where(IsAffected).Order(StringComparer.Ordinal)];

        bool IsAffected(string key)
        {
            if (!known.TryGetValue(key, out var isAffected))
            {
                // A circle, which is a problem anyway, ends here.
                known[key] = false;
                known[key] = isAffected = Differs(key, next) || next.References(key).Any(IsAffected);
            }

            return isAffected;
        }
    }

    /// <summary>What keeps this world from serving; empty if nothing does.</summary>
    public IReadOnlyList<WorldProblem> Problems() =>
    [
        .. Segments.Count > MaxLive ? [new WorldProblem.TooMany(Segments.Count)] : Array.Empty<WorldProblem>(),
        .. Segments.Values.OrderBy(segment => segment.Key, StringComparer.Ordinal).SelectMany(UnknownReferences),
        .. Groups.OrderBy(group => group.Key, StringComparer.Ordinal).SelectMany(group => GroupProblems(group.Key, group.Value)),
        .. Circle(),
    ];

    private bool Differs(string key, SegmentWorld next) =>
        !Segments.TryGetValue(key, out var segment)
        || segment.VersionId != next.Segments[key].VersionId
        || segment.Definition.IsSuspended != next.Segments[key].Definition.IsSuspended
        || (!segment.Definition.IsSuspended && IsBehindOthers(key, next));

    private bool IsBehindOthers(string key, SegmentWorld next) =>
        !Before(key).Select(other => (other.VersionId, other.Definition.IsSuspended)).SequenceEqual(next.Before(key).Select(other => (other.VersionId, other.Definition.IsSuspended)));

    /// <summary>What a segment's effective definition refers to: what it names, and what those before it in its group name.</summary>
    private IEnumerable<string> References(string key) =>
        Before(key).Append(Segments[key]).SelectMany(segment => segment.Definition.Segments).Where(Segments.ContainsKey).Distinct(StringComparer.Ordinal);

    private IEnumerable<WorldProblem> UnknownReferences(WorldSegment segment) =>
        segment.Definition.Segments.Where(other => !Segments.ContainsKey(other)).Order(StringComparer.Ordinal)
            .Select(other => new WorldProblem.UnknownSegment(segment.Key, other, Nearest.To(other, Segments.Keys)));

    private IEnumerable<WorldProblem> GroupProblems(string group, IReadOnlyList<string> order)
    {
        if (order.Count > MaxGroup)
            yield return new WorldProblem.GroupTooLarge(group, order.Count);
        foreach (var (place, key) in order.Index())
        {
            if (!Segments.ContainsKey(key))
                yield return new WorldProblem.UnknownInGroup(group, key, Nearest.To(key, Segments.Keys));
            else if (_places[key] is var first && (first.Group != group || first.Place != place))
                yield return new WorldProblem.InTwoGroups(key, first.Group, group);
        }
    }

    // In its group a segment refers to those before it: their conditions are a part of its own.
    private IEnumerable<WorldProblem> Circle()
    {
        var references = Segments.Keys.ToDictionary(
            key => key,
            IReadOnlyCollection<string> (key) => [.. Segments[key].Definition.Segments, .. Before(key).Select(other => other.Key)],
            StringComparer.Ordinal);
        return Evaluation.References.FindCycle(references) is { } path ? [new WorldProblem.Circle(path)] : [];
    }
}
