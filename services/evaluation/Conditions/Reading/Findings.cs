using System.Globalization;
using System.Text.Json;
using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Conditions.Reading;

/// <summary>
/// What reading one definition has brought up so far, and the checks that all its parts share. Every check that
/// fails notes an error and gives nothing, so that one reading reports all that is wrong.
/// </summary>
internal sealed class Findings(Zone zone)
{
    private readonly List<DefinitionError> _errors = [];
    private readonly List<string> _warnings = [];
    private int _leaves;
    private int _predicates;

    /// <summary>The zone of the definition's days.</summary>
    public Zone Zone => zone;

    public IReadOnlyList<DefinitionError> Errors => _errors;

    public IReadOnlyList<string> Warnings => _warnings;

    public void Refuse(string pointer, string detail)
    {
        if (_errors.Count < Limits.Errors && !_errors.Exists(error => error.Pointer == pointer && error.Detail == detail))
            _errors.Add(new DefinitionError(pointer, detail));
    }

    public void Warn(string warning)
    {
        if (!_warnings.Contains(warning))
            _warnings.Add(warning);
    }

    /// <summary>Counts a leaf; false beyond the limit.</summary>
    public bool CountLeaf(Place place) =>
        Within(++_leaves, Limits.Leaves, place, "leaves in one condition");

    /// <summary>Counts a predicate; false beyond the limit.</summary>
    public bool CountPredicate(Place place) =>
        Within(++_predicates, Limits.Predicates, place, "predicates in one condition");

    /// <summary>Checks the depth of a tree.</summary>
    public bool CheckDepth(Place place, int depth)
    {
        if (depth <= Limits.Depth)
            return true;
        Refuse(place.Pointer, $"found level {depth}, expected at most {Limits.Depth} levels, the lowest leaf included");
        return false;
    }

    /// <summary>An object, none of whose members is unknown or there twice.</summary>
    public bool IsObject(Place place, IReadOnlyCollection<string> known)
    {
        if (place.Json.ValueKind != JsonValueKind.Object)
        {
            Refuse(place.Pointer, $"found {place.Found()}, expected an object");
            return false;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        var good = true;
        foreach (var member in place.Json.EnumerateObject())
        {
            if (_errors.Count == Limits.Errors)
                return false;
            if (!seen.Add(member.Name))
            {
                Refuse(place.PointerTo(member.Name), $"found {Place.Quote(member.Name)} twice, expected it once");
                good = false;
            }
            else if (!known.Contains(member.Name))
            {
                Refuse(place.PointerTo(member.Name), $"found {Place.Quote(member.Name)}, expected one of {string.Join(", ", known)}{Nearest.Hint(member.Name, known)}");
                good = false;
            }
        }

        return good;
    }

    /// <summary>A text of 1 to <see cref="Limits.Text"/> characters, or empty where that has a meaning.</summary>
    public string? Text(Place place, string expected, bool orEmpty = false)
    {
        if (place.Json.ValueKind == JsonValueKind.String && place.Json.GetString() is { } text && (orEmpty || text.Length > 0))
        {
            if (text.Length <= Limits.Text)
                return text;
            Refuse(place.Pointer, $"found a text of {text.Length} characters, expected at most {Limits.Text}");
            return null;
        }

        Refuse(place.Pointer, $"found {(place.Json.ValueKind == JsonValueKind.String ? "an empty text" : place.Found())}, expected {expected}");
        return null;
    }

    /// <summary>The name of a parameter or field, of up to <see cref="Limits.PathParts"/> parts.</summary>
    public ValuePath? Path(Place place, string expected = "the name of a parameter")
    {
        if (Text(place, expected) is not { } text)
            return null;
        var parts = text.Count(c => c == '.') + 1;
        if (parts <= Limits.PathParts)
            return new ValuePath(text);
        Refuse(place.Pointer, $"found a name of {parts} parts, expected at most {Limits.PathParts}");
        return null;
    }

    /// <summary>A number in the decimal range.</summary>
    public decimal? Number(Place place, string expected = "a number")
    {
        if (place.Json.ValueKind == JsonValueKind.Number && !IsShort(place))
            return null;
        if (place.Json.ValueKind == JsonValueKind.Number && place.Json.TryGetDecimal(out var number))
            return number;
        Refuse(place.Pointer, $"found {place.Found()}, expected {expected}{(place.Json.ValueKind == JsonValueKind.Number ? " of up to 28 digits" : "")}");
        return null;
    }

    /// <summary>
    /// Whether a number is written within <see cref="Limits.NumberLength"/>. One of many more places reads as nought and
    /// could not be stored as it is written.
    /// </summary>
    public bool IsShort(Place number)
    {
        var text = number.Json.GetRawText();
        var exponent = text.AsSpan(text.AsSpan().IndexOfAny('e', 'E') + 1);
        if (text.Length <= Limits.NumberLength
            && (exponent.Length == text.Length
                || (int.TryParse(exponent, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var power) && Math.Abs((long)power) <= Limits.NumberLength)))
            return true;
        Refuse(number.Pointer, $"found {number.Found()}, expected a number of at most {Limits.NumberLength} characters whose exponent is at most {Limits.NumberLength}");
        return false;
    }

    /// <summary>A whole number in the range, both ends included.</summary>
    public int? Whole(Place place, int least, int most)
    {
        if (place.Json.ValueKind == JsonValueKind.Number && !IsShort(place))
            return null;
        if (place.Json.ValueKind == JsonValueKind.Number && place.Json.TryGetDecimal(out var number)
            && number == decimal.Truncate(number) && number >= least && number <= most)
            return (int)number;
        Refuse(place.Pointer, $"found {place.Found()}, expected a whole number from {least} to {most}");
        return null;
    }

    /// <summary>True or false.</summary>
    public bool? Truth(Place place)
    {
        if (place.Json.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return place.Json.GetBoolean();
        Refuse(place.Pointer, $"found {place.Found()}, expected true or false");
        return null;
    }

    /// <summary>A list of one to so many elements.</summary>
    public IReadOnlyList<Place>? List(Place place, int most, string expected)
    {
        if (place.Json.ValueKind == JsonValueKind.Array && place.Json.GetArrayLength() is var count && count > 0 && count <= most)
            return [.. place.Elements()];
        Refuse(place.Pointer, $"found {place.Found()}, expected a list of 1 to {most} {expected}");
        return null;
    }

    /// <summary>A period.</summary>
    public Period? Period(Place place, bool ahead = false)
    {
        if (Text(place, "a period such as 'today' or 'last 30 days'") is not { } text)
            return null;
        var period = PeriodText.Parse(text, zone, ahead, out var error);
        if (error is not null)
            Refuse(place.Pointer, error);
        return period;
    }

    /// <summary>A length of time.</summary>
    public Length? Length(Place place)
    {
        if (Text(place, "a length of time such as '7 days'") is not { } text)
            return null;
        var length = Calendar.Length.Parse(text, out var error);
        if (error is not null)
            Refuse(place.Pointer, error);
        return length;
    }

    private bool Within(int count, int limit, Place place, string what)
    {
        if (count == limit + 1)
            Refuse(place.Pointer, $"found more, expected at most {limit} {what}");
        return count <= limit;
    }
}
