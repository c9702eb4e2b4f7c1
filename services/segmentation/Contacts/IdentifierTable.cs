using System.Text.Json;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>Which parameters of an event identify its contact, and in which order they are tried.</summary>
internal static class IdentifierTable
{
    // In rank order; the names of one row are tried in their order.
    private static readonly (string Kind, string[] Parameters)[] Rows =
    [
        (IdentifierKind.ContactId, ["ContactId"]),
        (IdentifierKind.ExternalId, ["externalCustomerId"]),
        (IdentifierKind.Email, ["Email", "EmailAddress", "UserEmail", "ContactEmail"]),
        (IdentifierKind.Phone, ["Phone", "SMS", "PhoneNumber"]),
        (IdentifierKind.PushToken, ["PushToken"]),
        (IdentifierKind.ContactKey, ["ContactKey", "Contact_key"]),
    ];

    private static readonly (string Kind, string Parameter)[] Names =
        [.. Rows.SelectMany(row => row.Parameters.Select(parameter => (row.Kind, parameter)))];

    private static readonly Dictionary<string, int> Places = Names
        .Select((name, place) => (name.Parameter, place))
        .ToDictionary(name => name.Parameter, name => name.place, StringComparer.OrdinalIgnoreCase);

    // A value under one of the spellings of a name. Spellings differ in case only and are one name: as it is written in the
    // rule goes first, the others in ordinal order, never in that of the members: the store does not keep it.
    private readonly record struct Hit(bool IsExact, string Name, string Value)
    {
        public bool IsBefore(Hit other) => IsExact != other.IsExact ? IsExact : string.CompareOrdinal(Name, other.Name) < 0;
    }

    /// <summary>True if a parameter of this name identifies a contact.</summary>
    public static bool Has(string parameter) => Places.ContainsKey(parameter);

    /// <summary>The kind of identifier that a parameter of this name holds by the table; null if it is not in it.</summary>
    public static string? KindOf(string parameter) => Places.TryGetValue(parameter, out var place) ? Names[place].Kind : null;

    /// <summary>
    /// The identifiers of an event, highest rank first: those of the rules in their order, then those of the table. At most
    /// one a rule and a name; so there may be several of one kind, but none twice. <see cref="Identifier.Text"/> says which values identify.
    /// </summary>
    public static IReadOnlyList<Identifier> Read(JsonElement parameters, IReadOnlyList<MatchingRule> rules)
    {
        var found = new Hit?[rules.Count + Names.Length];
        foreach (var parameter in parameters.EnumerateObject())
        {
            var name = parameter.Name;
            for (var rule = 0; rule < rules.Count; rule++)
            {
                if (rules[rule].Names(name))
                    Take(rule, name == rules[rule].Parameter, name, parameter.Value);
            }

            if (Places.TryGetValue(name, out var place))
                Take(rules.Count + place, isExact: false, name, parameter.Value);
        }

        var identifiers = new List<Identifier>();
        for (var rank = 0; rank < found.Length; rank++)
        {
            if (found[rank] is not { } hit)
                continue;
            var identifier = new Identifier(rank < rules.Count ? rules[rank].ContactField : Names[rank - rules.Count].Kind, hit.Value);
            if (identifiers.TrueForAll(higher => higher.Key != identifier.Key))
                identifiers.Add(identifier);
        }

        return identifiers;

        void Take(int rank, bool isExact, string name, JsonElement value)
        {
            if (Identifier.Text(value) is not { } text)
                return;
            var hit = new Hit(isExact, name, text);
            if (found[rank] is not { } other || hit.IsBefore(other))
                found[rank] = hit;
        }
    }

    /// <summary>True if the event has a parameter that would identify a contact if its value could.</summary>
    public static bool NamesSome(JsonElement parameters, IReadOnlyList<MatchingRule> rules) =>
        parameters.EnumerateObject().Any(parameter => Has(parameter.Name) || rules.Any(rule => rule.Names(parameter.Name)));
}
