using System.Text.Json;

namespace EventSegmentation.Evaluation.Conditions.Reading;

/// <summary>Reads the JSON form of conditions, strictly: what is not known is an error with its place.</summary>
internal sealed class ConditionReader
{
    private static readonly string[] Kinds = ["all", "any", "not", "event"];
    private static readonly string[] EventMembers =
        ["event", "where", "count", .. EventReader.Figures, .. RangeReader.Operators, "period", "contactOlderThan"];

    private readonly Findings _findings;
    private readonly EventReader _events;

    public ConditionReader(Findings findings)
    {
        _findings = findings;
        _events = new EventReader(findings, new WhereReader(findings));
    }

    /// <summary>The condition at the place; null if anything in it is wrong.</summary>
    public Condition? Read(Place place, int depth = 1)
    {
        if (!_findings.CheckDepth(place, depth) || Kind(place) is not { } kind)
            return null;
        switch (kind)
        {
            case "all":
                return Parts(place, kind, depth) is { } all ? new Condition.All(all) : null;
            case "any":
                return Parts(place, kind, depth) is { } any ? new Condition.Any(any) : null;
            case "not":
                return _findings.IsObject(place, [kind]) && Read(place.Member(kind)!.Value, depth + 1) is { } part ? new Condition.Not(part) : null;
            default:
                return _findings.CountLeaf(place) && _findings.IsObject(place, EventMembers) ? _events.Event(place) : null;
        }
    }

    private string? Kind(Place place)
    {
        if (place.Json.ValueKind != JsonValueKind.Object)
        {
            _findings.Refuse(place.Pointer, $"found {place.Found()}, expected an object such as {{\"event\": \"OrderPaid\"}}");
            return null;
        }

        var kinds = Array.FindAll(Kinds, kind => place.Member(kind) is not null);
        if (kinds is [var only])
            return only;
        var hint = kinds.Length > 0 ? "" : place.Json.EnumerateObject().Select(member => Nearest.Hint(member.Name, Kinds)).FirstOrDefault(hint => hint.Length > 0);
        _findings.Refuse(place.Pointer, $"found {place.Found()}, expected exactly one of {string.Join(", ", Kinds)}{hint}");
        return null;
    }

    private List<Condition>? Parts(Place place, string kind, int depth)
    {
        if (!_findings.IsObject(place, [kind]))
            return null;
        var list = place.Member(kind)!.Value;
        if (list.Json.ValueKind != JsonValueKind.Array)
        {
            _findings.Refuse(list.Pointer, $"found {list.Found()}, expected a list of conditions");
            return null;
        }

        var elements = list.Elements().ToList();
        if (elements.Count == 0)
            _findings.Warn(kind == "all" ? "An empty 'all' holds for every contact." : "An empty 'any' holds for nobody.");
        var parts = elements.Select(element => Read(element, depth + 1)).OfType<Condition>().ToList();
        return parts.Count == elements.Count ? parts : null;
    }
}
