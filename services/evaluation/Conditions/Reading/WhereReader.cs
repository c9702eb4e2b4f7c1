namespace EventSegmentation.Evaluation.Conditions.Reading;

/// <summary>Reads trees of predicates on parameters.</summary>
internal sealed class WhereReader
{
    private static readonly string[] Known = [.. Grammar.Groups, .. Grammar.TestMembers];

    private readonly Findings _findings;
    private readonly PredicateReader _predicates;
    private int _depth;

    public WhereReader(Findings findings)
    {
        _findings = findings;
        _predicates = new PredicateReader(findings, this);
    }

    /// <summary>Operators and what they need, for leaves that test something else than a parameter.</summary>
    public PredicateReader Predicates => _predicates;

    /// <summary>The tree at the place; null if anything in it is wrong.</summary>
    public Where? Read(Place place)
    {
        // Trees inside `some` count on from where they stand: the depth bounds the recursion of the evaluator.
        if (!_findings.CheckDepth(place, ++_depth))
        {
            _depth--;
            return null;
        }

        var where = ReadNode(place);
        _depth--;
        return where;
    }

    private Where? ReadNode(Place place)
    {
        if (!_findings.IsObject(place, Known))
            return null;
        var group = Array.Find(Grammar.Groups, name => place.Member(name) is not null);
        if (group is null)
            return ReadTest(place);
        if (place.Json.EnumerateObject().Count() > 1)
        {
            _findings.Refuse(place.Pointer, $"found {place.Found()}, expected '{group}' alone");
            return null;
        }

        var below = place.Member(group)!.Value;
        if (group == "not")
            return Read(below) is { } part ? new Where.Not(part) : null;
        return Parts(below) is { } parts ? (group == "all" ? new Where.All(parts) : new Where.Any(parts)) : null;
    }

    private List<Where>? Parts(Place place)
    {
        if (place.Json.ValueKind != System.Text.Json.JsonValueKind.Array)
        {
            _findings.Refuse(place.Pointer, $"found {place.Found()}, expected a list of predicates");
            return null;
        }

        var elements = place.Elements().ToList();
        if (elements.Count == 0)
            _findings.Warn($"{place.Pointer} is an empty list: an empty 'all' lets every event pass, an empty 'any' none.");
        var parts = elements.Select(Read).OfType<Where>().ToList();
        return parts.Count == elements.Count ? parts : null;
    }

    private Where.Test? ReadTest(Place place)
    {
        if (place.Member("param") is not { } name)
        {
            _findings.Refuse(place.Pointer, $"found {place.Found()}, expected 'param' with an operator, or one of all, any, not");
            return null;
        }

        var param = _findings.Path(name);
        var predicate = _predicates.Read(place, Grammar.Operators);
        return param is null || predicate is null ? null : new Where.Test(param, predicate);
    }
}
