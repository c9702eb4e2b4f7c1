using System.Text.Json;
using System.Text.RegularExpressions;
using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Conditions.Reading;

/// <summary>Reads the operator of a predicate and what it is compared with.</summary>
internal sealed class PredicateReader(Findings findings, WhereReader where)
{
    /// <summary>The predicate among the members of the object.</summary>
    /// <param name="place">The object that holds the operator.</param>
    /// <param name="operators">The operators that mean something here.</param>
    /// <param name="asEmail">Compare texts as e-mail addresses: trimmed, and without regard to case.</param>
    public Predicate? Read(Place place, string[] operators, bool asEmail = false)
    {
        if (!findings.CountPredicate(place) || RangeReader.One(findings, place, operators) is not var (op, operand))
            return null;
        var ignoreCase = asEmail;
        if (place.Member("ignoreCase") is { } choice)
        {
            if (findings.Truth(choice) is not { } chosen)
                return null;
            if (!Grammar.TextOperators.Contains(op))
            {
                findings.Refuse(choice.Pointer, $"found 'ignoreCase' beside '{op}', expected it only beside {string.Join(", ", Grammar.TextOperators)}");
                return null;
            }

            ignoreCase |= chosen;
        }

        return op switch
        {
            "anniversary" => Anniversary(operand),
            "is" => Single(operand, ignoreCase),
            "isNot" => No(Single(operand, ignoreCase)),
            "in" or "anyOf" => Listed(operand, ignoreCase),
            "notIn" or "noneOf" => No(Listed(operand, ignoreCase)),
            "allOf" => Values(operand) is { } all ? new Predicate.AllOf([.. all.Select(value => new Predicate.OneOf([value], ignoreCase))]) : null,
            "contains" => Text(operand, TextPlace.Anywhere, ignoreCase),
            "startsWith" => Text(operand, TextPlace.Start, ignoreCase),
            "endsWith" => Text(operand, TextPlace.End, ignoreCase),
            "matches" => Expression(operand, ignoreCase),
            "exists" => findings.Truth(operand) is { } expected ? new Predicate.Exists(expected) : null,
            "before" or "after" or "on" => Date(op, operand),
            "during" => findings.Period(operand, ahead: true) is { } period ? new Predicate.Date(op, period, findings.Zone) : null,
            "some" => where.Read(operand) is { } tree ? new Predicate.Some(tree) : null,
            _ => RangeReader.Read(findings, op, operand) is { } range ? new Predicate.Number(range) : null,
        };
    }

    private static Predicate.No? No(Predicate? of) => of is null ? null : new Predicate.No(of);

    private Predicate.OneOf? Single(Place place, bool ignoreCase) =>
        Value(place) is { } value ? new Predicate.OneOf([value], ignoreCase) : null;

    private Predicate.OneOf? Listed(Place place, bool ignoreCase) =>
        Values(place) is { } values ? new Predicate.OneOf(values, ignoreCase) : null;

    private List<Scalar>? Values(Place place)
    {
        if (findings.List(place, Limits.Values, "texts, numbers or truth values") is not { } elements)
            return null;
        var values = elements.Select(Value).OfType<Scalar>().ToList();
        return values.Count == elements.Count ? values : null;
    }

    private Scalar? Value(Place place)
    {
        if (place.Json.ValueKind == JsonValueKind.String)
            return findings.Text(place, "a text", orEmpty: true) is { } text ? Scalar.OfText(text) : null;
        if (place.Json.ValueKind == JsonValueKind.Number && !findings.IsShort(place))
            return null;
        if (Scalar.Of(place.Json) is { } value)
            return value;
        var hint = place.Json.ValueKind == JsonValueKind.Null ? "; for a missing value write \"exists\": false" : "";
        findings.Refuse(place.Pointer, $"found {place.Found()}, expected a text, a number or a truth value{hint}");
        return null;
    }

    private Predicate.Text? Text(Place operand, TextPlace place, bool ignoreCase) =>
        findings.Text(operand, "a text") is { } part ? new Predicate.Text(place, part, ignoreCase) : null;

    private Predicate.Expression? Expression(Place operand, bool ignoreCase)
    {
        if (findings.Text(operand, "a regular expression") is not { } pattern)
            return null;
        try
        {
            // NonBacktracking alone promises linear time, whatever the expression and the text.
            var options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None);
            return new Predicate.Expression(new Regex(pattern, options));
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            findings.Refuse(operand.Pointer, $"found {Place.Quote(pattern)}, expected a regular expression that runs in linear time: {wrong.Message}");
            return null;
        }
    }

    private Predicate.Anniversary? Anniversary(Place operand)
    {
        if (findings.Period(operand, ahead: true) is not { } period)
            return null;
        if (period.Shape is not (PeriodShape.Still or PeriodShape.Oldest))
            return new Predicate.Anniversary(period, findings.Zone);
        findings.Refuse(operand.Pointer, $"found '{period}', expected a period around now such as 'today', 'this month' or 'next 7 days'");
        return null;
    }

    private Predicate.Date? Date(string op, Place operand)
    {
        if (findings.Text(operand, "a date such as '2026-01-31'") is not { } text)
            return null;
        if (!DateText.TryParse(text, findings.Zone, out var date) || (op == "on" && !date.IsDay))
        {
            findings.Refuse(operand.Pointer, $"found {Place.Quote(text)}, expected a date such as '2026-01-31'{(op == "on" ? "" : ", or an instant such as '2026-01-31T12:00:00Z'")}");
            return null;
        }

        return new Predicate.Date(op, op switch
        {
            "before" => new StillPeriod(text, long.MinValue, date.Start),
            "after" => new StillPeriod(text, date.IsDay ? date.End : date.End + 1, Micros.Never),
            _ => new StillPeriod(text, date.Start, date.End),
        }, findings.Zone);
    }
}
