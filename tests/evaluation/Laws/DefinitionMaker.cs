using System.Globalization;
using System.Text.Json.Nodes;

namespace EventSegmentation.Evaluation.Tests.Laws;

/// <summary>Makes definitions of every kind of node, all of them valid.</summary>
internal sealed class DefinitionMaker(Random random, TimeMaker times)
{
    private static readonly string[] Units = ["days", "days", "hours", "minutes", "seconds", "weeks", "months", "quarters", "years"];
    private static readonly string[] CalendarUnits = ["days", "weeks", "months", "quarters", "years"];
    private static readonly string[] Params = ["n", "n", "k", "k", "o", "items.n", "items.k", "missing"];
    private static readonly string[] Texts = ["x", "y", "X", "xy", "3", ""];
    private static readonly string[] Comparisons = ["atLeast", "atMost", "exactly", "moreThan", "lessThan"];

    private int _before;

    /// <summary>A definition that may refer to the segments 1 to <paramref name="before"/>.</summary>
    public string Make(int before)
    {
        _before = before;
        return Node(depth: 1).ToJsonString();
    }

    private JsonObject Node(int depth) => depth > 3 ? Leaf() : random.Next(8) switch
    {
        0 => new JsonObject { ["all"] = Nodes(depth) },
        1 => new JsonObject { ["any"] = Nodes(depth) },
        2 => new JsonObject { ["not"] = Node(depth + 1) },
        _ => Leaf(),
    };

    private JsonArray Nodes(int depth) => [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Node(depth + 1))];

    private JsonObject Leaf() => random.Next(16) switch
    {
        0 or 1 => First(),
        2 or 3 => Last(),
        4 or 5 => Streak(),
        6 or 7 or 8 => Sequence(),
        9 or 10 => Contact(),
        11 or 12 => InSegment(),
        13 when random.Next(4) == 0 => new JsonObject { ["sample"] = One("50%", "33.3%"), ["salt"] = "s" },
        _ => Event(),
    };

    private JsonObject First()
    {
        var leaf = Filter("first");
        Sometimes(leaf, "period", 4, () => Period());
        Seldom(leaf, "has", 3, () => Where(depth: 1));
        return leaf;
    }

    private JsonObject Last()
    {
        var leaf = Filter("last");
        Sometimes(leaf, "period", 4, () => Period());
        Seldom(leaf, "has", 3, () => Where(depth: 1));
        Seldom(leaf, "notFollowedBy", 2, () => Filter());
        return leaf;
    }

    private JsonObject Streak()
    {
        var leaf = Filter("streak");
        var previous = random.Next(1, 5);
        leaf["previous"] = previous;
        leaf["complete"] = One("days", "days", "weeks", "months");
        Seldom(leaf, "atLeast", 3, () => random.Next(1, 3));
        Seldom(leaf, "inAtLeast", 2, () => random.Next(1, previous + 1));
        return leaf;
    }

    private JsonObject Sequence()
    {
        var steps = new JsonArray();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var step = Filter();
            if (steps.Count > 0)
            {
                Seldom(step, "within", 2, () => Length());
                Seldom(step, "without", 3, () => Filter());
            }

            steps.Add(step);
        }

        var leaf = new JsonObject { ["sequence"] = steps };
        Seldom(leaf, "same", 3, () => One("o", "k", "items.k"));
        Seldom(leaf, "inTotal", 3, () => Length());
        Sometimes(leaf, "period", 3, () => Period());
        return leaf;
    }

    private JsonObject Contact()
    {
        var leaf = new JsonObject { ["contact"] = One("born", "born", "created", "firstSeen", "lastSeen", "trips.ends", "plan", "email", "trips") };
        switch (leaf["contact"]!.GetValue<string>())
        {
            case "plan":
                leaf[One("is", "isNot", "startsWith")] = One("free", "pro");
                break;
            case "email":
                leaf["is"] = One("ADA@example.com", " ada@example.com", "bob@example.com");
                break;
            case "trips":
                leaf["some"] = new JsonObject { ["all"] = new JsonArray(new JsonObject { ["param"] = "ends", ["during"] = FieldPeriod() }, new JsonObject { ["param"] = "to", ["is"] = "x" }) };
                break;
            default:
                if (random.Next(3) == 0)
                    leaf["anniversary"] = One("today", "yesterday", "this month", "next 7 days", "last 30 days", "in exactly 3 days", "next 2 years", "last 1 month", "this week");
                else
                    leaf["during"] = FieldPeriod();
                break;
        }

        return leaf;
    }

    private JsonObject InSegment()
    {
        var leaf = new JsonObject { ["inSegment"] = _before > 0 && random.Next(4) > 0 ? $"s{random.Next(1, _before + 1)}" : "list" };
        Seldom(leaf, "for", 2, () => Length());
        return leaf;
    }

    private string FieldPeriod() => random.Next(2) == 0
        ? Period()
        : One("next 7 days", "next 2 months", "in exactly 3 days", "in 1 to 2 weeks", "in exactly 1 month", "next 90 minutes", "in 1 to 2 quarters");

    private JsonObject Event()
    {
        var leaf = Filter();
        switch (random.Next(4))
        {
            case 0:
                leaf["count"] = Range([0, 1, 2, 3]);
                break;
            case 1:
                var figure = One("sum", "average", "minimum", "maximum", "distinct", "distinct");
                leaf[figure] = One(Params);
                foreach (var (op, operand) in Range(figure == "distinct" ? [0, 1, 2, 3] : [0, 1, 2.5m, 3, -4, 0.3m]).ToList())
                    leaf[op] = operand!.DeepClone();
                break;
        }

        Sometimes(leaf, "period", 6, () => Period());
        if (random.Next(8) == 0)
            leaf["contactOlderThan"] = Length();
        return leaf;
    }

    private JsonObject Filter(string kind = "event")
    {
        var filter = new JsonObject { [kind] = random.Next(4) == 0 ? new JsonArray("A", "B") : One("A", "A", "B") };
        if (random.Next(3) == 0)
            filter["where"] = Where(depth: 1);
        return filter;
    }

    private JsonObject Where(int depth) => depth > 2 ? Test() : random.Next(7) switch
    {
        0 => new JsonObject { ["all"] = new JsonArray(Where(depth + 1), Where(depth + 1)) },
        1 => new JsonObject { ["any"] = new JsonArray(Where(depth + 1), Where(depth + 1)) },
        2 => new JsonObject { ["not"] = Where(depth + 1) },
        _ => Test(),
    };

    private JsonObject Test()
    {
        var test = new JsonObject { ["param"] = One(Params) };
        Predicate(test);
        return test;
    }

    private void Predicate(JsonObject test)
    {
        switch (random.Next(11))
        {
            case 0:
                test["is"] = Value();
                break;
            case 1:
                test["isNot"] = Value();
                break;
            case 2:
                test[One("in", "notIn", "anyOf", "allOf", "noneOf")] = new JsonArray(Value(), Value());
                break;
            case 3:
                test["exists"] = random.Next(2) == 0;
                break;
            case 4:
                test[One("contains", "startsWith", "endsWith")] = One("x", "y", "5");
                test["ignoreCase"] = random.Next(2) == 0;
                break;
            case 5:
                test["matches"] = One("^x", "[xy]$", "x.*y");
                break;
            case 6:
                test["param"] = "items";
                test["some"] = new JsonObject { ["all"] = new JsonArray(new JsonObject { ["param"] = "k", ["is"] = "x" }, new JsonObject { ["param"] = "n", ["atLeast"] = 2 }) };
                break;
            case 7:
                test["param"] = "when";
                test[One("before", "after")] = times.DateOrInstant();
                break;
            case 10:
                test["param"] = "when";
                test["during"] = FieldPeriod();
                break;
            case 8:
                test["param"] = "when";
                test["on"] = times.Date();
                break;
            default:
                foreach (var (op, operand) in Range([0, 1, 2, 3], exact: false).ToList())
                    test[op] = operand!.DeepClone();
                break;
        }
    }

    private JsonObject Range(decimal[] numbers, bool exact = true)
    {
        var first = numbers[random.Next(numbers.Length)];
        var second = numbers[random.Next(numbers.Length)];
        if (random.Next(5) == 0)
            return new JsonObject { ["between"] = new JsonArray(Math.Min(first, second), Math.Max(first, second)) };
        return new JsonObject { [Comparisons.Where(op => exact || op != "exactly").ElementAt(random.Next(exact ? 5 : 4))] = first };
    }

    private JsonNode Value() => random.Next(5) switch
    {
        0 => random.Next(4),
        1 => true,
        2 => 2.5m,
        _ => One(Texts),
    };

    private string Period() => random.Next(18) switch
    {
        0 => "today",
        1 => "yesterday",
        2 => $"this {One("week", "month", "quarter", "year")}",
        3 => $"last {One("week", "month", "quarter", "year")}",
        4 or 5 or 6 => $"last {Rolling()}",
        7 => $"last {One("30 days except last 7 days", "2 months except last 1 month", "3 days except last 90 minutes", "1 month except last 1 week", "1 year except last 30 days")}",
        8 => $"more than {Rolling()} ago",
        9 => $"last {One("1", "2", "7", "30")} calendar days",
        10 => $"{One("1 to 2", "2 to 7", "7 to 30")} {One(CalendarUnits)} ago",
        11 => $"exactly {One("1", "2", "7")} {One(CalendarUnits)} ago",
        12 => $"more than {One("1", "7", "30")} calendar days ago",
        13 => $"previous {One("1", "2", "4")} complete {One(CalendarUnits)}",
        14 => $"{One("before", "since", "after")} {times.DateOrInstant()}",
        15 => Between(),
        _ => "all time",
    };

    private string Rolling() => $"{One("1", "2", "3", "7", "30", "60", "90")} {One(Units)}";

    private string Between()
    {
        var dates = new[] { times.Date(), times.Date() }.Order(StringComparer.Ordinal).ToArray();
        return $"{dates[0]} to {dates[1]}";
    }

    private string Length() => $"{random.Next(1, 40).ToString(CultureInfo.InvariantCulture)} {One("minutes", "hours", "days", "weeks")}";

    private void Seldom(JsonObject leaf, string name, int outOf, Func<JsonNode> make)
    {
        if (random.Next(outOf) == 0)
            leaf[name] = make();
    }

    private void Sometimes(JsonObject leaf, string name, int outOf, Func<JsonNode> make)
    {
        if (random.Next(outOf) > 0)
            leaf[name] = make();
    }

    private T One<T>(params T[] from) => from[random.Next(from.Length)];
}
