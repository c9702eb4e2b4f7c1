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

    public string Make() => Node(depth: 1).ToJsonString();

    private JsonObject Node(int depth) => depth > 3 ? Leaf() : random.Next(8) switch
    {
        0 => new JsonObject { ["all"] = Nodes(depth) },
        1 => new JsonObject { ["any"] = Nodes(depth) },
        2 => new JsonObject { ["not"] = Node(depth + 1) },
        _ => Leaf(),
    };

    private JsonArray Nodes(int depth) => [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Node(depth + 1))];

    private JsonObject Leaf() => Event();

    private JsonObject Event()
    {
        var leaf = Filter();
        switch (random.Next(4))
        {
            case 0:
                leaf["count"] = Range([0, 1, 2, 3]);
                break;
            case 1:
                leaf[One("sum", "average", "minimum", "maximum")] = One(Params);
                foreach (var (op, operand) in Range([0, 1, 2.5m, 3, -4, 0.3m]).ToList())
                    leaf[op] = operand!.DeepClone();
                break;
        }

        Sometimes(leaf, "period", 6, () => Period());
        if (random.Next(8) == 0)
            leaf["contactOlderThan"] = Length();
        return leaf;
    }

    private JsonObject Filter()
    {
        var filter = new JsonObject { ["event"] = random.Next(4) == 0 ? new JsonArray("A", "B") : One("A", "A", "B") };
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
        switch (random.Next(10))
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

    private void Sometimes(JsonObject leaf, string name, int outOf, Func<JsonNode> make)
    {
        if (random.Next(outOf) > 0)
            leaf[name] = make();
    }

    private T One<T>(params T[] from) => from[random.Next(from.Length)];
}
