namespace EventSegmentation.Evaluation.Conditions.Reading;

/// <summary>The names of the language. The reader and the JSON Schema both take them from here.</summary>
internal static class Grammar
{
    /// <summary>The members one of which says what kind of condition an object is.</summary>
    public static readonly string[] Kinds =
        ["all", "any", "not", "event", "first", "last", "streak", "sequence", "contact", "inSegment", "sample"];

    /// <summary>Comparisons with numbers.</summary>
    public static readonly string[] Comparisons = ["atLeast", "atMost", "exactly", "moreThan", "lessThan", "between"];

    /// <summary>What can be computed of a parameter.</summary>
    public static readonly string[] Figures = ["sum", "average", "minimum", "maximum", "distinct"];

    /// <summary>The operators of predicates, in the order in which an error lists them.</summary>
    public static readonly string[] Operators =
    [
        "is", "isNot", "in", "notIn", "contains", "startsWith", "endsWith", "matches", "exists", "moreThan", "atLeast",
        "lessThan", "atMost", "between", "before", "after", "on", "during", "anyOf", "allOf", "noneOf", "some",
    ];

    /// <summary>The operators for which <c>ignoreCase</c> means something.</summary>
    public static readonly string[] TextOperators =
        ["is", "isNot", "in", "notIn", "contains", "startsWith", "endsWith", "matches", "anyOf", "allOf", "noneOf"];

    /// <summary>The operators of contact fields: those of predicates, and anniversaries.</summary>
    public static readonly string[] FieldOperators = [.. Operators, "anniversary"];

    /// <summary>The operators of the contact's own instants.</summary>
    public static readonly string[] InstantOperators = ["before", "after", "on", "during", "anniversary", "exists"];

    /// <summary>The fields every contact has that are texts.</summary>
    public static readonly string[] TextFields = ["contactId", "externalId", "email", "phone", "pushToken", "source"];

    /// <summary>The fields every contact has that are instants.</summary>
    public static readonly string[] InstantFields = ["created", "firstSeen", "lastSeen"];

    /// <summary>The units of streaks.</summary>
    public static readonly string[] StreakUnits = ["days", "weeks", "months"];

    /// <summary>The members of each kind of condition.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Members = new Dictionary<string, string[]>
    {
        ["all"] = ["all"],
        ["any"] = ["any"],
        ["not"] = ["not"],
        ["event"] = ["event", "where", "count", .. Figures, .. Comparisons, "period", "contactOlderThan"],
        ["first"] = ["first", "where", "period", "has"],
        ["last"] = ["last", "where", "period", "has", "notFollowedBy"],
        ["streak"] = ["streak", "where", "previous", "complete", "atLeast", "inAtLeast"],
        ["sequence"] = ["sequence", "same", "inTotal", "period"],
        ["contact"] = ["contact", "ignoreCase", .. FieldOperators],
        ["inSegment"] = ["inSegment", "for"],
        ["sample"] = ["sample", "salt"],
    };

    /// <summary>The members of an event that is named inside a leaf.</summary>
    public static readonly string[] EventMembers = ["event", "where"];

    /// <summary>The members of a step of a sequence.</summary>
    public static readonly string[] StepMembers = ["event", "where", "within", "without"];

    /// <summary>The members that make a predicate a group.</summary>
    public static readonly string[] Groups = ["all", "any", "not"];

    /// <summary>The members of a predicate on a parameter.</summary>
    public static readonly string[] TestMembers = ["param", "ignoreCase", .. Operators];
}
