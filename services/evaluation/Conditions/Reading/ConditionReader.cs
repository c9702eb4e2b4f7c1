using System.Text.Json;

namespace EventSegmentation.Evaluation.Conditions.Reading;

/// <summary>Reads the JSON form of conditions, strictly: what is not known is an error with its place.</summary>
internal sealed class ConditionReader
{
    private readonly Findings _findings;
    private readonly EventReader _events;
    private readonly SequenceReader _sequences;
    private readonly ContactReader _contacts;

    public ConditionReader(Findings findings)
    {
        _findings = findings;
        var where = new WhereReader(findings);
        _events = new EventReader(findings, where);
        _sequences = new SequenceReader(findings, _events);
        _contacts = new ContactReader(findings, where.Predicates);
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
                return _findings.CountLeaf(place) && _findings.IsObject(place, Grammar.Members[kind]) ? Leaf(place, kind) : null;
        }
    }

    private Condition? Leaf(Place place, string kind) => kind switch
    {
        "event" => _events.Event(place),
        "first" => _events.First(place),
        "last" => _events.Last(place),
        "streak" => _sequences.Streak(place),
        "sequence" => _sequences.Sequence(place),
        "contact" => _contacts.Contact(place),
        "inSegment" => _contacts.InSegment(place),
        "sample" => _contacts.Sample(place),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a kind of leaf"),
    };

    private string? Kind(Place place)
    {
        if (place.Json.ValueKind != JsonValueKind.Object)
        {
            _findings.Refuse(place.Pointer, $"found {place.Found()}, expected an object such as {{\"event\": \"OrderPaid\"}}");
            return null;
        }

        var kinds = Array.FindAll(Grammar.Kinds, kind => place.Member(kind) is not null);
        if (kinds is [var only])
            return only;
        var hint = kinds.Length > 0 ? "" : place.Json.EnumerateObject().Select(member => Nearest.Hint(member.Name, Grammar.Kinds)).FirstOrDefault(hint => hint.Length > 0);
        _findings.Refuse(place.Pointer, $"found {place.Found()}, expected exactly one of {string.Join(", ", Grammar.Kinds)}{hint}");
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
