using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Segments.Groups;

namespace EventSegmentation.Segmentation.Segments.AsCode;

/// <summary>One thing that a document changes.</summary>
/// <param name="Action">One of the words of <see cref="DefinitionPlan"/>.</param>
/// <param name="What">One of the words of <see cref="DefinitionPlan"/>.</param>
/// <param name="Key">The key of the segment or group, or the event type of the rule; empty for the installation's rule.</param>
/// <param name="Differences">What an update changes, each in one sentence; none otherwise.</param>
internal sealed record DefinitionChange(string Action, string What, string Key, IReadOnlyList<string> Differences);

/// <summary>Says what a document changes: segments first, then groups, then matching rules, each in the order of keys.</summary>
internal static class DefinitionPlan
{
    public const string Create = "create";
    public const string Update = "update";

    /// <summary>A segment that the document does not have; only where that is asked for.</summary>
    public const string Archive = "archive";

    /// <summary>A group or a rule that the document does not have; only where that is asked for.</summary>
    public const string Remove = "remove";

    public const string Segment = "segment";
    public const string Group = "group";
    public const string Rule = "matchingRule";

    /// <summary>The changes; none if everything is as the document says.</summary>
    /// <param name="present">What serves or will serve; all three lists are there.</param>
    /// <param name="prune">True to end what the document does not have. What it says nothing of stays in any case.</param>
    public static IReadOnlyList<DefinitionChange> Of(DefinitionDocument present, DefinitionDocument wanted, bool prune) =>
    [
        .. Changes(present.Segments!, wanted.Segments, segment => segment.Key, Differences, Segment, prune ? Archive : null),
        .. Changes(present.Groups!, wanted.Groups, group => group.Key, Differences, Group, prune ? Remove : null),
        .. Changes(present.Rules!, wanted.Rules, rule => rule.EventType, Differences, Rule, prune ? Remove : null),
    ];

    private static IEnumerable<DefinitionChange> Changes<T>(
        IReadOnlyList<T> present, IReadOnlyList<T>? wanted, Func<T, string> key, Func<T, T, IEnumerable<string>> differences, string what, string? missing)
    {
        if (wanted is null)
            return [];
        var before = present.ToDictionary(key, StringComparer.Ordinal);
        var after = wanted.ToDictionary(key, StringComparer.Ordinal);
        return before.Keys.Union(after.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(name => (before.TryGetValue(name, out var old), after.TryGetValue(name, out var now)) switch
            {
                (false, _) => new DefinitionChange(Create, what, name, []),
                (_, false) => missing is null ? null : new DefinitionChange(missing, what, name, []),
                _ => differences(old!, now!).ToList() is { Count: > 0 } said ? new DefinitionChange(Update, what, name, said) : null,
            })
            .OfType<DefinitionChange>();
    }

    private static IEnumerable<string> Differences(WrittenSegment before, WrittenSegment after)
    {
        if (before.IsStatic != after.IsStatic)
            yield return $"It is {Kind(after)} now, {Kind(before)} before.";
        if (before.Name != after.Name)
            yield return $"Its name is '{after.Name}' now, '{before.Name}' before.";
        if (before.Purpose != after.Purpose)
            yield return $"Its purpose is '{after.Purpose}' now, '{before.Purpose}' before.";
        if (!before.Tags.SequenceEqual(after.Tags, StringComparer.Ordinal))
            yield return $"Its tags are {Listed(after.Tags)} now, {Listed(before.Tags)} before.";
        if (before.IsStatic == after.IsStatic)
        {
            foreach (var difference in before.Text.DifferencesTo(after.Text))
                yield return difference;
        }
    }

    private static IEnumerable<string> Differences(WrittenGroup before, WrittenGroup after)
    {
        if (!before.Segments.SequenceEqual(after.Segments, StringComparer.Ordinal))
            yield return $"Its order is {Listed(after.Segments)} now, {Listed(before.Segments)} before.";
    }

    private static IEnumerable<string> Differences(WrittenRule before, WrittenRule after)
    {
        if (before.Rule.On != after.Rule.On)
            yield return after.Rule.On ? "It is on now, off before." : "It is off now, on before.";
        if (before.Rule.ContactField != after.Rule.ContactField)
            yield return $"Its contact field is '{after.Rule.ContactField}' now, '{before.Rule.ContactField}' before.";
        if (before.Rule.Parameter != after.Rule.Parameter)
            yield return $"Its parameter is '{after.Rule.Parameter}' now, '{before.Rule.Parameter}' before.";
    }

    private static string Kind(WrittenSegment segment) => segment.IsStatic ? SegmentReader.Static : SegmentReader.Dynamic;

    private static string Listed(IReadOnlyList<string> texts) => texts.Count == 0 ? "none" : string.Join(", ", texts);
}
