using System.Text;
using System.Text.Json;
using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Conditions;

/// <summary>
/// One text for all leaves that mean the same and only for them, stable across versions of this library: written
/// states name leaves by it. Every list is bracketed and every text quoted, so no two forms run together.
/// </summary>
internal static class Canonical
{
    /// <summary>The canonical text of a leaf in a zone.</summary>
    public static string Of(Condition leaf, Zone zone) => $"{Leaf(leaf)} zone {zone.Id}";

    /// <summary>The canonical text of a whole condition in a zone. What is named says the same as its part.</summary>
    public static string OfTree(Condition condition, Zone zone) => condition is Condition.Named named
        ? OfTree(named.Part.Condition, named.Part.Zone)
        : $"{Node(condition)} zone {zone.Id}";

    private static string Node(Condition condition) => condition switch
    {
        Condition.All all => $"all {List(all.Parts.Select(Node).Order(StringComparer.Ordinal))}",
        Condition.Any any => $"any {List(any.Parts.Select(Node).Order(StringComparer.Ordinal))}",
        Condition.Not not => $"not {List([Node(not.Part)])}",
        Condition.Named named => $"zoned {List([OfTree(named.Part.Condition, named.Part.Zone)])}",
        _ => Leaf(condition),
    };

    private static string Leaf(Condition leaf) => leaf switch
    {
        Condition.Event of => $"event {Events(of.Events)} {Figure(of.Measure)} period {Quote(of.Period.Text)}{Optional("older", of.OlderThan?.Micros)}",
        Condition.First first => $"first {Events(first.Events)} period {Quote(first.Period.Text)}{Optional("has", first.Has is { } has ? Tree(has) : null)}",
        Condition.Last last => $"last {Events(last.Events)} period {Quote(last.Period.Text)}{Optional("has", last.Has is { } has ? Tree(has) : null)}{Optional("unfollowed", last.NotFollowedBy is { } by ? Events(by) : null)}",
        Condition.Streak streak => $"streak {Events(streak.Events)} {streak.Previous} {streak.Unit} {streak.AtLeast} {streak.InAtLeast}",
        Condition.Sequence sequence => $"sequence {List(sequence.Steps.Select(Step))}{Optional("same", sequence.Same is { } same ? Quote(same.Text) : null)}{Optional("total", sequence.InTotal?.Micros)} period {Quote(sequence.Period.Text)}",
        Condition.Contact contact => $"contact {Quote(contact.Field.Text)} {Test(contact.Predicate)}",
        Condition.InSegment segment => $"segment {Quote(segment.Key)}{Optional("for", segment.For?.Micros)}",
        Condition.Listed list => $"list {Quote(list.Key)}",
        Condition.Suspended suspended => $"suspended {Quote(suspended.Key)}",
        Condition.Sample sample => $"sample {NumberRange.Number(sample.Percent)} {Quote(sample.Salt)}",
        _ => throw new ArgumentOutOfRangeException(nameof(leaf), leaf, "not a leaf"),
    };

    private static string Step(Step step) =>
        $"{Events(step.Events)}{Optional("within", step.Within?.Micros)}{Optional("without", step.Without is { } without ? Events(without) : null)}";

    private static string Optional(string name, object? value) => value is null ? "" : $" {name} {value}";

    private static string Events(EventFilter events) =>
        $"{List(events.Types.Select(Quote))}{(events.Where is { } where ? $" where {Tree(where)}" : "")}";

    private static string Figure(Measure measure) =>
        $"{measure.Figure}{(measure.Param is { } param ? $" of {Quote(param.Text)}" : "")} {measure.Range}";

    private static string Tree(Where where) => where switch
    {
        Where.All all => $"all {List(all.Parts.Select(Tree))}",
        Where.Any any => $"any {List(any.Parts.Select(Tree))}",
        Where.Not not => $"not {List([Tree(not.Part)])}",
        Where.Test test => $"{Quote(test.Param.Text)} {Test(test.Predicate)}",
        _ => throw new ArgumentOutOfRangeException(nameof(where), where, "not a filter"),
    };

    private static string Test(Predicate predicate) => predicate switch
    {
        Predicate.OneOf of => $"oneOf {List(of.Values.Select(Value).Order(StringComparer.Ordinal))}{Case(of.IgnoreCase)}",
        Predicate.No no => $"no {Test(no.Of)}",
        Predicate.AllOf all => $"allOf {List(all.Parts.Select(Test).Order(StringComparer.Ordinal))}",
        Predicate.Exists exists => exists.Expected ? "exists" : "missing",
        Predicate.Text text => $"text {text.Place} {Quote(text.Part)}{Case(text.IgnoreCase)}",
        Predicate.Expression expression => $"matches {Quote(expression.Pattern.ToString())}{Case((expression.Pattern.Options & System.Text.RegularExpressions.RegexOptions.IgnoreCase) != 0)}",
        Predicate.Number number => $"number {number.Range}",
        Predicate.Anniversary anniversary => $"anniversary {Quote(anniversary.Period.Text)}",
        Predicate.Date date => $"{date.Operator} {Quote(date.Period.Text)}",
        Predicate.Some some => $"some {List([Tree(some.Where)])}",
        _ => throw new ArgumentOutOfRangeException(nameof(predicate), predicate, "not a predicate"),
    };

    private static string Value(Scalar value) => value.IsText ? Quote(value.Text!) : value.ToString();

    private static string Case(bool ignore) => ignore ? " folded" : "";

    private static string List(IEnumerable<string> parts) => $"[{string.Join(", ", parts)}]";

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
