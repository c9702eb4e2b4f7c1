using System.Text.Json;
using System.Text.RegularExpressions;
using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Conditions;

/// <summary>What a parameter or field must be. It holds if some of its values satisfies it; a missing one has no values.</summary>
public abstract partial record Predicate
{
    private Predicate()
    {
    }

    /// <summary>True if the answer may change with the clock alone.</summary>
    internal virtual bool Moves => false;

    /// <summary>Whether it holds for what the path finds.</summary>
    internal virtual bool Holds(JsonElement root, ValuePath path, long now) =>
        path.Some(root, (Predicate: this, Now: now), static (value, state) => state.Predicate.Matches(value, state.Now));

    /// <summary>Whether a single value satisfies it.</summary>
    internal abstract bool Matches(JsonElement value, long now);

    /// <summary>No later than the earliest instant after <paramref name="now"/> at which the answer for what the path finds may change.</summary>
    internal virtual long NextChange(JsonElement root, ValuePath path, long now) => Micros.Never;

    /// <summary>The value is one of these: <c>is</c>, <c>in</c>, <c>anyOf</c>.</summary>
    public sealed record OneOf(IReadOnlyList<Scalar> Values, bool IgnoreCase) : Predicate
    {
        internal override bool Matches(JsonElement value, long now)
        {
            for (var i = 0; i < Values.Count; i++)
                if (Values[i].Matches(value, IgnoreCase))
                    return true;
            return false;
        }
    }

    /// <summary>The complement of another: <c>isNot</c>, <c>notIn</c>, <c>noneOf</c>. It holds for what is missing.</summary>
    public sealed record No(Predicate Of) : Predicate
    {
        internal override bool Moves => Of.Moves;

        internal override bool Holds(JsonElement root, ValuePath path, long now) => !Of.Holds(root, path, now);

        internal override bool Matches(JsonElement value, long now) => !Of.Matches(value, now);

        internal override long NextChange(JsonElement root, ValuePath path, long now) => Of.NextChange(root, path, now);
    }

    /// <summary>Each of these is among the values.</summary>
    public sealed record AllOf(IReadOnlyList<Predicate> Parts) : Predicate
    {
        internal override bool Holds(JsonElement root, ValuePath path, long now)
        {
            for (var i = 0; i < Parts.Count; i++)
                if (!Parts[i].Holds(root, path, now))
                    return false;
            return true;
        }

        internal override bool Matches(JsonElement value, long now) => Parts.All(part => part.Matches(value, now));
    }

    /// <summary>There is a value, or there is none.</summary>
    public sealed record Exists(bool Expected) : Predicate
    {
        internal override bool Holds(JsonElement root, ValuePath path, long now) => path.Exists(root) == Expected;

        internal override bool Matches(JsonElement value, long now) => Expected;
    }

    /// <summary>A text, or a number's digits, has the part in the place.</summary>
    public sealed record Text(TextPlace Place, string Part, bool IgnoreCase) : Predicate
    {
        internal override bool Matches(JsonElement value, long now)
        {
            if (TextOf(value) is not { } text)
                return false;
            var comparison = IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
            return Place switch
            {
                TextPlace.Anywhere => text.Contains(Part, comparison),
                TextPlace.Start => text.StartsWith(Part, comparison),
                _ => text.EndsWith(Part, comparison),
            };
        }
    }

    /// <summary>The expression is found anywhere in a text or in a number's digits, in linear time.</summary>
    public sealed record Expression(Regex Pattern) : Predicate
    {
        internal override bool Matches(JsonElement value, long now) => TextOf(value) is { } text && Pattern.IsMatch(text);
    }

    /// <summary>A number, or numeric text, lies in the range.</summary>
    public sealed record Number(NumberRange Range) : Predicate
    {
        internal override bool Matches(JsonElement value, long now) =>
            JsonNumber.TryRead(value, out var number) && Range.Contains(number);
    }

    /// <summary>An object by itself satisfies the tree.</summary>
    public sealed record Some(Where Where) : Predicate
    {
        internal override bool Moves => Where.Moves;

        internal override bool Matches(JsonElement value, long now) =>
            value.ValueKind == JsonValueKind.Object && Where.Holds(value, now);

        internal override long NextChange(JsonElement root, ValuePath path, long now)
        {
            var next = Micros.Never;
            path.Some(root, this, (value, some) =>
            {
                next = Math.Min(next, some.Where.NextChange(value, now));
                return false;
            });
            return next;
        }
    }

    private static string? TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => JsonNumber.TryRead(value, out var number) ? NumberRange.Number(number) : value.GetRawText(),
        _ => null,
    };
}

/// <summary>Where in a text a part must stand.</summary>
public enum TextPlace
{
    /// <summary>At any place.</summary>
    Anywhere,

    /// <summary>At its beginning.</summary>
    Start,

    /// <summary>At its end.</summary>
    End,
}
