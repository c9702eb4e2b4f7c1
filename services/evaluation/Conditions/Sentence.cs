using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Conditions;

/// <summary>Says a condition in one plain English sentence.</summary>
internal static class Sentence
{
    /// <summary>The sentence, with a capital and a full stop.</summary>
    public static string Of(Condition condition) => condition switch
    {
        Condition.All { Parts.Count: 0 } => "Every contact.",
        Condition.Any { Parts.Count: 0 } => "No contact.",
        _ => $"Contacts who {Clause(condition, nested: false)}.",
    };

    private static string Clause(Condition condition, bool nested) => condition switch
    {
        Condition.All all => Join(all.Parts, "and", "are any contact", nested),
        Condition.Any any => Join(any.Parts, "or", "are no contact", nested),
        Condition.Not { Part: Condition.Event { OlderThan: null } of } when of.IsOnce() => $"did not do {Events(of.Events)} {When(of.Period)}",
        Condition.Not { Part: Condition.First { Has: null, Period.Text: "all time" } of } => $"never did {Events(of.Events)}",
        Condition.Not { Part: Condition.Last { Has: null, NotFollowedBy: null, Period.Text: "all time" } of } => $"never did {Events(of.Events)}",
        Condition.Not { Part: Condition.InSegment member } => $"are not in segment '{member.Key}'{For(member)}",
        Condition.Not { Part: Condition.Listed list } => $"are not on the list '{list.Key}'",
        Condition.Not { Part: Condition.Named named } => $"do not qualify for '{named.Key}'",
        Condition.Not not => $"are not those who {Clause(not.Part, nested: true)}",
        Condition.Event of => Event(of),
        Condition.First first => $"did {Events(first.Events)} for the first time {When(first.Period)}{Having(first.Has)}",
        Condition.Last last => $"did {Events(last.Events)} for the last time {When(last.Period)}{Having(last.Has)}{(last.NotFollowedBy is { } by ? $", and not {Events(by)} after it" : "")}",
        Condition.Streak streak => Streak(streak),
        Condition.Sequence sequence => Sequence(sequence),
        Condition.Contact contact => $"have {contact.Field.Text} {Test(contact.Predicate)}",
        Condition.InSegment member => $"are in segment '{member.Key}'{For(member)}",
        Condition.Listed list => $"are on the list '{list.Key}'",
        Condition.Named named => $"qualify for '{named.Key}'",
        Condition.Suspended suspended => $"were in '{suspended.Key}' when it was suspended",
        Condition.Sample sample => $"belong to {NumberRange.Number(sample.Percent)}% of all contacts{(sample.Salt.Length > 0 ? $" chosen by '{sample.Salt}'" : "")}",
        _ => throw new ArgumentOutOfRangeException(nameof(condition), condition, "not a condition"),
    };

    private static string Join(IReadOnlyList<Condition> parts, string word, string none, bool nested)
    {
        if (parts.Count == 0)
            return none;
        if (parts.Count == 1)
            return Clause(parts[0], nested);
        var clauses = parts.Select(part => Clause(part, nested: true)).ToList();
        var joined = clauses.Count == 2
            ? $"{clauses[0]} {word} {clauses[1]}"
            : $"{string.Join(", ", clauses.SkipLast(1))}, {word} {clauses[^1]}";
        return nested ? $"({joined})" : joined;
    }

    private static string Event(Condition.Event of)
    {
        var what = of.Measure.Figure switch
        {
            Figure.Count when of.IsOnce() => $"did {Events(of.Events)} {When(of.Period)}",
            Figure.Count => $"did {Events(of.Events)} {Times(of.Measure.Range)} {When(of.Period)}",
            Figure.Distinct => $"did {Events(of.Events)} with {of.Measure.Range} different values of {Name(of.Measure.Param!)} {When(of.Period)}",
            _ => $"have {Article(of.Measure.Figure)} of {Name(of.Measure.Param!)} of {of.Measure.Range} over {Events(of.Events)} {When(of.Period)}",
        };
        var never = of.HoldsForNone() ? ", or never" : "";
        var older = of.OlderThan is { } length ? $", and were first seen at least {length} ago" : "";
        return what + never + older;
    }

    private static string Having(Where? has) => has is null ? "" : $", that one with {Tree(has, nested: false)}";

    private static string For(Condition.InSegment member) => member.For is { } length ? $" for at least {length}" : "";

    private static string Streak(Condition.Streak streak)
    {
        var unit = streak.Unit.ToString().ToLowerInvariant();
        var units = streak.Previous == 1 ? $"the last complete {unit}" : $"the last {streak.Previous} complete {unit}s";
        var each = streak.Previous == 1 ? "in" : streak.InAtLeast == streak.Previous ? "in every one of" : $"in at least {streak.InAtLeast} of";
        var times = streak.AtLeast == 1 ? "" : $" at least {streak.AtLeast} times";
        return $"did {Events(streak.Events)}{times} {each} {units}, in UTC";
    }

    private static string Sequence(Condition.Sequence sequence)
    {
        var steps = sequence.Steps.Select((step, i) => i == 0 ? Events(step.Events) : $"then {Events(step.Events)}{Bounds(step)}");
        var same = sequence.Same is { } param ? $", all with the same {param.Text}" : "";
        var total = sequence.InTotal is { } length ? $", in {length} altogether" : "";
        var begun = sequence.Period.Text == "all time" ? "" : $", begun {When(sequence.Period)}";
        return $"did {string.Join(", ", steps)}{same}{total}{begun}";

        static string Bounds(Step step) =>
            (step.Within is { } within ? $" within {within}" : "") + (step.Without is { } without ? $" without {Events(without)} between" : "");
    }

    private static string Times(NumberRange range) =>
        range is { Comparison: Comparison.Exactly, First: 0 } ? "not once" : $"{range} {(range.Second == 1 ? "time" : "times")}";

    private static string Article(Figure figure) => figure switch
    {
        Figure.Sum => "a sum",
        Figure.Average => "an average",
        Figure.Minimum => "a minimum",
        _ => "a maximum",
    };

    private static string Events(EventFilter events)
    {
        var types = events.Types.Select(type => $"'{type}'").ToList();
        var named = types.Count == 1 ? types[0] : $"{string.Join(", ", types.SkipLast(1))} or {types[^1]}";
        return events.Where is { } where ? $"{named} with {Tree(where, nested: false)}" : named;
    }

    /// <summary>What a filter asks for, as it stands in a sentence.</summary>
    public static string Tree(Where where, bool nested) => where switch
    {
        Where.All { Parts.Count: 0 } => "anything",
        Where.Any { Parts.Count: 0 } => "nothing",
        Where.All all => Group(all.Parts, " and ", nested),
        Where.Any any => Group(any.Parts, " or ", nested),
        Where.Not not => $"not ({Tree(not.Part, nested: false)})",
        Where.Test test => $"{Name(test.Param)} {Test(test.Predicate)}",
        _ => throw new ArgumentOutOfRangeException(nameof(where), where, "not a filter"),
    };

    private static string Group(IReadOnlyList<Where> parts, string word, bool nested)
    {
        var joined = string.Join(word, parts.Select(part => Tree(part, nested: parts.Count > 1)));
        return nested && parts.Count > 1 ? $"({joined})" : joined;
    }

    /// <summary>What a predicate asks for, as it stands behind the name of a parameter or field.</summary>
    public static string Test(Predicate predicate) => predicate switch
    {
        Predicate.OneOf { Values: [var only] } of => $"{only}{Case(of.IgnoreCase)}",
        Predicate.OneOf of => $"one of {Values(of.Values)}{Case(of.IgnoreCase)}",
        Predicate.No { Of: Predicate.OneOf { Values: [var only] } of } => $"not {only}{Case(of.IgnoreCase)}",
        Predicate.No { Of: Predicate.OneOf of } => $"none of {Values(of.Values)}{Case(of.IgnoreCase)}",
        Predicate.No no => $"not {Test(no.Of)}",
        Predicate.AllOf all => $"all of {string.Join(", ", all.Parts.Select(Test))}",
        Predicate.Exists exists => exists.Expected ? "present" : "missing",
        Predicate.Text text => $"{Placed(text.Place)} \"{text.Part}\"{Case(text.IgnoreCase)}",
        Predicate.Expression expression => $"matching /{expression.Pattern}/",
        Predicate.Number number => number.Range.ToString(),
        Predicate.Anniversary anniversary => $"with an anniversary {When(anniversary.Period)}",
        Predicate.Date { Operator: "during" } date => When(date.Period),
        Predicate.Date date => $"{date.Operator} {date.Period}",
        Predicate.Some some => $"having one with {Tree(some.Where, nested: false)}",
        _ => throw new ArgumentOutOfRangeException(nameof(predicate), predicate, "not a predicate"),
    };

    private static string Values(IReadOnlyList<Scalar> values) => string.Join(", ", values);

    private static string Placed(TextPlace place) => place switch
    {
        TextPlace.Anywhere => "containing",
        TextPlace.Start => "starting with",
        _ => "ending with",
    };

    private static string Case(bool ignored) => ignored ? " in any case" : "";

    private static string Name(ValuePath path) => path.Text;

    /// <summary>The period as it stands in a sentence.</summary>
    public static string When(Period period) => period.Text switch
    {
        "all time" => "at any time",
        var text when text.StartsWith("last ", StringComparison.Ordinal) && char.IsAsciiDigit(text[5]) =>
            $"in the {text.Replace("except last", "except the last", StringComparison.Ordinal)}",
        var text when text.StartsWith("previous ", StringComparison.Ordinal) || text.StartsWith("next ", StringComparison.Ordinal) => $"in the {text}",
        var text when char.IsAsciiDigit(text[0]) && text.Contains('-', StringComparison.Ordinal) => $"from {text}",
        var text => text,
    };
}
