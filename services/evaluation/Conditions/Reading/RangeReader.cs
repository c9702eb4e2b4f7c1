namespace EventSegmentation.Evaluation.Conditions.Reading;

/// <summary>Reads comparisons with numbers: <c>"atLeast": 3</c>, <c>"between": [1, 5]</c>.</summary>
internal static class RangeReader
{
    /// <summary>The range under one of <see cref="Grammar.Comparisons"/>.</summary>
    public static NumberRange? Read(Findings findings, string op, Place place)
    {
        var comparison = op switch
        {
            "atLeast" => Comparison.AtLeast,
            "atMost" => Comparison.AtMost,
            "exactly" => Comparison.Exactly,
            "moreThan" => Comparison.MoreThan,
            "lessThan" => Comparison.LessThan,
            "between" => Comparison.Between,
            _ => throw new ArgumentOutOfRangeException(nameof(op), op, "not an operator on numbers"),
        };
        if (comparison != Comparison.Between)
            return findings.Number(place) is { } number ? new NumberRange(comparison, number, number) : null;

        if (place.Json.ValueKind != System.Text.Json.JsonValueKind.Array || place.Json.GetArrayLength() != 2)
        {
            findings.Refuse(place.Pointer, $"found {place.Found()}, expected a list of two numbers, the lower first");
            return null;
        }

        var ends = place.Elements().Select(element => findings.Number(element)).ToArray();
        if (ends is not [{ } low, { } high])
            return null;
        if (low <= high)
            return new NumberRange(comparison, low, high);
        findings.Refuse(place.Pointer, $"found {NumberRange.Number(low)} before {NumberRange.Number(high)}, expected the lower number first");
        return null;
    }

    /// <summary>The one operator among the members of an object; refuses none and several.</summary>
    public static (string Operator, Place Place)? One(Findings findings, Place place, IReadOnlyList<string> operators)
    {
        var found = operators.Where(op => place.Member(op) is not null).ToArray();
        if (found is [var only])
            return (only, place.Member(only)!.Value);
        findings.Refuse(place.Pointer, $"found {(found.Length == 0 ? "no operator" : string.Join(" and ", found))}, expected exactly one of {string.Join(", ", operators)}");
        return null;
    }
}
