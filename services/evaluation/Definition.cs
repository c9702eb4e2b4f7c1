using System.Text.Json;
using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;
using EventSegmentation.Evaluation.Conditions.Reading;

namespace EventSegmentation.Evaluation;

/// <summary>A condition that was read and checked, with the zone of its days. Immutable.</summary>
public sealed class Definition
{
    private Definition(Condition condition, Zone zone)
    {
        Condition = condition;
        Zone = zone;
        Sentence = Conditions.Sentence.Of(condition);
        EventTypes = condition.Leaves().SelectMany(leaf => leaf.EventTypes()).ToHashSet(StringComparer.Ordinal);
        Segments = condition.Leaves().OfType<Condition.InSegment>().Select(leaf => leaf.Key).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The tree.</summary>
    public Condition Condition { get; }

    /// <summary>The IANA name of the zone in which days begin.</summary>
    public string TimeZone => Zone.Id;

    /// <summary>The definition in one plain English sentence.</summary>
    public string Sentence { get; }

    /// <summary>Every event type that is named.</summary>
    public IReadOnlySet<string> EventTypes { get; }

    /// <summary>The keys of the segments it refers to.</summary>
    public IReadOnlySet<string> Segments { get; }

    /// <summary>The answer, if it was found to be the same for every contact at every instant; not every such definition is found.</summary>
    public bool? Foregone => new ForegoneConclusion(Zone).Of(Condition);

    /// <summary>
    /// One text for all definitions that ask for the same, whatever the order of their parts: those with equal texts have the
    /// same members. What comes to the same in another way, or in a zone by another name, has another text.
    /// </summary>
    public string Form => Canonical.OfTree(Condition, Zone);

    /// <summary>Levels of <c>all</c>, <c>any</c>, <c>not</c> and the leaf below them.</summary>
    public int Depth => Condition.Depth();

    internal Zone Zone { get; }

    /// <summary>The definition of a static segment: the contacts on its list.</summary>
    /// <param name="key">The segment's key, by which <see cref="ContactFacts.Lists"/> names the list.</param>
    public static Definition Listed(string key) => new(new Condition.Listed(key), Zone.Utc);

    /// <summary>What a suspended segment comes to: its members stay, and nobody joins them. Only a plan of which states are kept knows who they are.</summary>
    /// <param name="key">The segment's key.</param>
    public static Definition Suspended(string key) => new(new Condition.Suspended(key), Zone.Utc);

    /// <summary>True for what <see cref="Suspended"/> made.</summary>
    public bool IsSuspended => Condition is Condition.Suspended;

    /// <summary>
    /// What a segment of an exclusive group comes to: its own definition for those who qualify for none before it. Each
    /// part keeps its zone, and what the parts have in common with other segments is kept once. Of one before it that is
    /// suspended, those count who are in it.
    /// </summary>
    /// <param name="before">The segments before it in the group, the first of the group first; without any it is the definition itself.</param>
    public Definition Behind(IEnumerable<(string Key, Definition Definition)> before)
    {
        ArgumentNullException.ThrowIfNull(before);
        Condition[] others = [.. before.Select(other => new Condition.Not(
            other.Definition.IsSuspended ? new Condition.InSegment(other.Key, For: null) : new Condition.Named(other.Key, other.Definition)))];
        return others.Length == 0 ? this : new(new Condition.All([Condition, .. others]), Zone);
    }


    /// <summary>A node of the tree by itself, in the same zone.</summary>
    internal Definition Part(Condition node) => new(node, Zone);

    /// <summary>Reads a definition. Never throws for what the JSON or the zone contains: everything wrong is reported.</summary>
    /// <param name="condition">The condition in its JSON form.</param>
    /// <param name="timeZone">An IANA zone name; null means UTC.</param>
    public static DefinitionResult Parse(JsonElement condition, string? timeZone)
    {
        var zone = Zone.Find(timeZone ?? Zone.Utc.Id);
        var findings = new Findings(zone ?? Zone.Utc);
        if (zone is null)
            findings.Refuse("/timeZone", $"found {Place.Quote(timeZone!)}, expected an IANA zone name such as 'Europe/Berlin'{Nearest.Hint(timeZone!, ZoneNames.All)}");

        if (!JsonText.IsReadable(condition))
        {
            findings.Refuse("", "found half a surrogate pair in a text, or bytes that are no UTF-8, expected Unicode");
            return new DefinitionResult(null, findings.Errors, []);
        }

        var read = new ConditionReader(findings).Read(new Place(condition, ""));
        return read is null || findings.Errors.Count > 0
            ? new DefinitionResult(null, findings.Errors, findings.Warnings)
            : new DefinitionResult(new Definition(read, zone!), [], [.. findings.Warnings, .. Conditions.Warnings.Of(read, zone!)]);
    }
}

/// <summary>What came of reading a definition.</summary>
/// <param name="Definition">The definition; null if there are errors.</param>
/// <param name="Errors">What is wrong with it.</param>
/// <param name="Warnings">What is right but hardly meant.</param>
public sealed record DefinitionResult(Definition? Definition, IReadOnlyList<DefinitionError> Errors, IReadOnlyList<string> Warnings);

/// <summary>One thing that is wrong with a definition.</summary>
/// <param name="Pointer">Where: a JSON pointer into the condition, empty for the whole; <c>/timeZone</c> for the zone.</param>
/// <param name="Detail">What was found and what was expected, with the nearest known word where one is near.</param>
public sealed record DefinitionError(string Pointer, string Detail);
