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

    private static readonly Dictionary<string, (int Row, int Name)> Places = Rows
        .SelectMany((row, rank) => row.Parameters.Select((name, place) => (name, rank, place)))
        .ToDictionary(entry => entry.name, entry => (entry.rank, entry.place), StringComparer.OrdinalIgnoreCase);

    // A value, and the place of its parameter's name among those that hold the same identifier. Names that differ only in
    // case go in ordinal order, never in that of the members: the store does not keep it.
    private readonly record struct Hit(int Place, string Name, string Value)
    {
        public bool IsBefore(Hit other) =>
            Place < other.Place || (Place == other.Place && string.CompareOrdinal(Name, other.Name) < 0);
    }

    /// <summary>True if a parameter of this name identifies a contact.</summary>
    public static bool Has(string parameter) => Places.ContainsKey(parameter);

    /// <summary>The kind of identifier that a parameter of this name holds by the table; null if it is not in it.</summary>
    public static string? KindOf(string parameter) => Places.TryGetValue(parameter, out var place) ? Rows[place.Row].Kind : null;

    /// <summary>
    /// The identifiers of an event, highest rank first: those of the rules in their order, then those of the table. At most
    /// one a rule and a row; so there may be several of one kind, but none twice. <see cref="Identifier.Text"/> says which values identify.
    /// </summary>
    public static IReadOnlyList<Identifier> Read(JsonElement parameters, IReadOnlyList<MatchingRule> rules)
    {
        var found = new Hit?[rules.Count + Rows.Length];
        foreach (var parameter in parameters.EnumerateObject())
        {
            var name = parameter.Name;
            for (var rule = 0; rule < rules.Count; rule++)
            {
                if (rules[rule].Names(name))
                    Take(rule, name == rules[rule].Parameter ? 0 : 1, name, parameter.Value);
            }

            if (Places.TryGetValue(name, out var place))
                Take(rules.Count + place.Row, place.Name, name, parameter.Value);
        }

        var identifiers = new List<Identifier>();
        for (var rank = 0; rank < found.Length; rank++)
        {
            if (found[rank] is not { } hit)
                continue;
            var identifier = new Identifier(rank < rules.Count ? rules[rank].ContactField : Rows[rank - rules.Count].Kind, hit.Value);
            if (identifiers.TrueForAll(higher => higher.Key != identifier.Key))
                identifiers.Add(identifier);
        }

        return identifiers;

        void Take(int rank, int place, string name, JsonElement value)
        {
            if (Identifier.Text(value) is not { } text)
                return;
            var hit = new Hit(place, name, text);
            if (found[rank] is not { } other || hit.IsBefore(other))
                found[rank] = hit;
        }
    }

    /// <summary>True if the event has a parameter that would identify a contact if its value could.</summary>
    public static bool NamesSome(JsonElement parameters, IReadOnlyList<MatchingRule> rules) =>
        parameters.EnumerateObject().Any(parameter => Has(parameter.Name) || rules.Any(rule => rule.Names(parameter.Name)));
}
