namespace EventSegmentation.Segmentation.Contacts;

/// <summary>An administrator's word on which parameter of an event holds which contact field.</summary>
/// <param name="On">False keeps the rule without applying it.</param>
/// <param name="ContactField">One of <see cref="IdentifierKind"/>, or the name of an additional field.</param>
/// <param name="Parameter">The parameter's name, 1 to <see cref="MaxParameterLength"/> characters; compared ignoring case.</param>
internal sealed record MatchingRule(bool On, string ContactField, string Parameter)
{
    public const int MaxParameterLength = 200;

    /// <summary>True if a parameter is the one meant, whether or not the rule is on.</summary>
    public bool Names(string parameter) => string.Equals(Parameter, parameter, StringComparison.OrdinalIgnoreCase);
}

/// <summary>The rules that the events of some types are matched by, as the store had them.</summary>
internal sealed class MatchingRules(IReadOnlyDictionary<string, MatchingRule> byType)
{
    /// <summary>Stands where an event type's key stands, for the rule of the whole installation.</summary>
    public const string Installation = "";

    public static MatchingRules None { get; } = new(new Dictionary<string, MatchingRule>());

    /// <summary>The rules that apply to events of a type, the type's own first. One that is off does not apply and hides nothing.</summary>
    public IReadOnlyList<MatchingRule> For(string eventType) =>
        byType.Count == 0 ? [] : [.. Of(eventType).Where(rule => rule.On)];

    /// <summary>True if a rule, on or off, says that a parameter of a type identifies a person.</summary>
    public bool Names(string eventType, string parameter) => byType.Count > 0 && Of(eventType).Any(rule => rule.Names(parameter));

    /// <summary>True if both say the same of these types and of the installation.</summary>
    public bool Agree(MatchingRules other, IEnumerable<string> types) => types.All(type => Of(type).SequenceEqual(other.Of(type)));

    /// <summary>These rules with what another, newer look found for some types and for the installation.</summary>
    public MatchingRules With(MatchingRules newer, IEnumerable<string> types)
    {
        var rules = new Dictionary<string, MatchingRule>(byType);
        foreach (var type in types.Append(Installation))
        {
            rules.Remove(type);
            if (newer.Find(type) is { } rule)
                rules.Add(type, rule);
        }

        return new(rules);
    }

    private IEnumerable<MatchingRule> Of(string eventType) => new[] { Find(eventType), Find(Installation) }.OfType<MatchingRule>();

    private MatchingRule? Find(string eventType) => byType.GetValueOrDefault(eventType);
}
