using System.Text.Json;
using System.Text.Json.Nodes;
using EventSegmentation.Evaluation.Conditions.Reading;

namespace EventSegmentation.Evaluation;

/// <summary>
/// The form of definitions as a JSON Schema (2020-12), for editors and for other languages. It accepts what
/// <see cref="Definition.Parse"/> accepts and refuses what it refuses, but for what no schema can say: that dates and
/// expressions are good, numbers in their order, filters within their limits together.
/// </summary>
public static class DefinitionSchema
{
    private const string Units = "(seconds?|minutes?|hours?|days?|weeks?|months?|quarters?|years?)";
    private const string CalendarUnits = "(days?|weeks?|months?|quarters?|years?)";
    private const string Count = "[1-9][0-9]*";
    private const string Date = "[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9:.,]+([Zz]|[+-][0-9:]+)?)?";

    private static readonly string Events =
        $"today|yesterday|all time|this (week|month|quarter|year)|last (week|month|quarter|year)|last {Count} {Units}( except last {Count} {Units})?"
        + $"|last {Count} calendar days?|more than {Count} {Units} ago|more than {Count} calendar days? ago|{Count} to {Count} {CalendarUnits} ago"
        + $"|exactly {Count} {CalendarUnits} ago|previous {Count} complete {CalendarUnits}|(before|since|after) {Date}|{Date} to {Date}";

    /// <summary>The schema. Ask for it once and keep it.</summary>
    public static JsonElement Create()
    {
        var schema = Ref("condition");
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        schema["title"] = "Segment condition";
        schema["$defs"] = new JsonObject
        {
            ["condition"] = new JsonObject { ["oneOf"] = new JsonArray([.. Grammar.Kinds.Select(Ref)]) },
            ["all"] = Object("all", ("all", List(Ref("condition"), least: 0))),
            ["any"] = Object("any", ("any", List(Ref("condition"), least: 0))),
            ["not"] = Object("not", ("not", Ref("condition"))),
            ["event"] = Event(),
            ["first"] = Object("first", [("first", Ref("types")), .. Filter(), Period(), ("has", Ref("where"))]),
            ["last"] = Object("last", [("last", Ref("types")), .. Filter(), Period(), ("has", Ref("where")), ("notFollowedBy", Ref("named"))]),
            ["streak"] = Streak(),
            ["sequence"] = Sequence(),
            ["contact"] = Contact(),
            ["inSegment"] = Object("inSegment", ("inSegment", Pattern("[a-z0-9-]{1,64}")), ("for", Ref("length"))),
            ["sample"] = Object("sample", ("sample", Pattern(@"(100(\.0*)?|[0-9]?[0-9]?(\.[0-9]*)?)%")), ("salt", Text(least: 0))),
            ["types"] = AnyOf(Text(), List(Text(), Limits.EventTypes)),
            ["named"] = Object("event", [("event", Ref("types")), .. Filter()]),
            ["where"] = new JsonObject { ["oneOf"] = new JsonArray([.. Grammar.Groups.Select(group => Ref($"where-{group}")), Ref("test")]) },
            ["where-all"] = Object("all", ("all", List(Ref("where"), least: 0))),
            ["where-any"] = Object("any", ("any", List(Ref("where"), least: 0))),
            ["where-not"] = Object("not", ("not", Ref("where"))),
            ["test"] = Tests("param", Grammar.Operators),
            ["name"] = Name(),
            ["period"] = Pattern(Events),
            ["period-of-dates"] = Pattern($"{Events}|next {Count} {Units}|in exactly {Count} {CalendarUnits}|in {Count} to {Count} {CalendarUnits}"),
            ["length"] = Pattern($"{Count} (seconds?|minutes?|hours?|days?|weeks?)"),
        };
        return JsonSerializer.SerializeToElement(schema);
    }

    private static JsonObject Event()
    {
        var count = new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["minProperties"] = 1, ["maxProperties"] = 1, ["properties"] = Comparisons(Whole(0)) };
        (string, JsonObject)[] common = [("event", Ref("types")), .. Filter(), Period(), ("contactOlderThan", Ref("length"))];
        return AnyOf(
        [
            Object("event", [.. common, ("count", count)]),
            .. Grammar.Figures.SelectMany(figure => Grammar.Comparisons.Select(comparison =>
                ObjectOf(["event", figure, comparison], [.. common, (figure, Ref("name")), (comparison, Compared(comparison, figure == "distinct" ? Whole(0) : Number()))]))),
        ]);
    }

    private static JsonObject Streak() => ObjectOf(
        ["streak", "previous", "complete"],
        [
            ("streak", Ref("types")), .. Filter(), ("previous", Whole(1, Limits.StreakPeriods)), ("complete", Enum(Grammar.StreakUnits)),
            ("atLeast", Whole(1, Limits.KeptCount)), ("inAtLeast", Whole(1, Limits.StreakPeriods)),
        ]);

    private static JsonObject Sequence()
    {
        var first = Object("event", [("event", Ref("types")), .. Filter()]);
        var later = Object("event", [("event", Ref("types")), .. Filter(), ("within", Ref("length")), ("without", Ref("named"))]);
        var steps = new JsonObject { ["type"] = "array", ["minItems"] = 1, ["maxItems"] = Limits.Steps, ["prefixItems"] = new JsonArray(first), ["items"] = later };
        return Object("sequence", ("sequence", steps), ("same", Ref("name")), ("inTotal", Ref("length")), Period());
    }

    private static JsonObject Contact()
    {
        var instants = Tests("contact", Grammar.InstantOperators);
        Constrain(instants, "contact", Enum(Grammar.InstantFields));
        var fields = Tests("contact", Grammar.FieldOperators);
        Constrain(fields, "contact", new JsonObject { ["not"] = Enum(Grammar.InstantFields) });
        return AnyOf(instants, fields);

        static void Constrain(JsonObject tests, string name, JsonObject constraint) =>
            tests["allOf"] = new JsonArray(new JsonObject { ["properties"] = new JsonObject { [name] = constraint } });
    }

    /// <summary>An object with a subject and exactly one operator.</summary>
    private static JsonObject Tests(string subject, string[] operators) => AnyOf([.. operators.Select(op =>
    {
        var test = ObjectOf([subject, op], (subject, Ref("name")), (op, Operand(op)));
        if (Grammar.TextOperators.Contains(op))
            test["properties"]!["ignoreCase"] = Type("boolean");
        return test;
    })]);

    private static JsonObject Operand(string op) => op switch
    {
        "is" or "isNot" => Scalar(),
        "in" or "notIn" or "anyOf" or "allOf" or "noneOf" => List(Scalar(), Limits.Values),
        "contains" or "startsWith" or "endsWith" or "matches" => Text(),
        "exists" => Type("boolean"),
        "before" or "after" => Pattern(Date),
        "on" => Pattern("[0-9]{4}-[0-9]{2}-[0-9]{2}"),
        "during" or "anniversary" => Ref("period-of-dates"),
        "some" => Ref("where"),
        _ => Compared(op, Number()),
    };

    private static JsonObject Comparisons(JsonObject number)
    {
        var properties = new JsonObject();
        foreach (var comparison in Grammar.Comparisons)
            properties[comparison] = Compared(comparison, number.DeepClone().AsObject());
        return properties;
    }

    private static JsonObject Compared(string comparison, JsonObject number) =>
        comparison == "between" ? List(number, most: 2, least: 2) : number;

    private static (string, JsonObject)[] Filter() => [("where", Ref("where"))];

    private static (string, JsonObject) Period() => ("period", Ref("period"));

    private static JsonObject Object(string required, params (string Name, JsonObject Schema)[] members) => ObjectOf([required], members);

    private static JsonObject ObjectOf(string[] required, params (string Name, JsonObject Schema)[] members)
    {
        var properties = new JsonObject();
        foreach (var (name, schema) in members)
            properties[name] = schema.DeepClone();
        return new JsonObject
        {
            ["type"] = "object",
            ["additionalProperties"] = false,
            ["required"] = new JsonArray([.. required.Select(name => JsonValue.Create(name))]),
            ["properties"] = properties,
        };
    }

    private static JsonObject AnyOf(params JsonObject[] schemas) => new() { ["anyOf"] = new JsonArray([.. schemas]) };

    private static JsonObject Ref(string name) => new() { ["$ref"] = $"#/$defs/{name}" };

    private static JsonObject Type(string type) => new() { ["type"] = type };

    private static JsonObject Scalar() => AnyOf(Text(least: 0), Number(), Type("boolean"));

    private static JsonObject Number() => new() { ["type"] = "number", ["minimum"] = decimal.MinValue, ["maximum"] = decimal.MaxValue };

    private static JsonObject Whole(int least, int? most = null)
    {
        var schema = new JsonObject { ["type"] = "integer", ["minimum"] = least };
        if (most is { } limit)
            schema["maximum"] = limit;
        return schema;
    }

    private static JsonObject Text(int least = 1) => new() { ["type"] = "string", ["minLength"] = least, ["maxLength"] = Limits.Text };

    private static JsonObject Name()
    {
        var name = Text();
        name["pattern"] = $"^[^.]*([.][^.]*){{0,{Limits.PathParts - 1}}}$";
        return name;
    }

    private static JsonObject Pattern(string pattern) => new() { ["type"] = "string", ["pattern"] = $"^({pattern})$" };

    private static JsonObject Enum(string[] words) => new() { ["enum"] = new JsonArray([.. words.Select(word => JsonValue.Create(word))]) };

    private static JsonObject List(JsonObject items, int most = int.MaxValue, int least = 1)
    {
        var schema = new JsonObject { ["type"] = "array", ["minItems"] = least, ["items"] = items.DeepClone() };
        if (most != int.MaxValue)
            schema["maxItems"] = most;
        return schema;
    }
}
