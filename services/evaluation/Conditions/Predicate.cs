using System.Text.Json;
using System.Text.RegularExpressions;
using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Conditions;

/// <summary>What a parameter or field must be. It holds if some of its values satisfies it; a missing one has no values.</summary>
public abstract record Predicate
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

    /// <summary>A date.</summary>
    public abstract record Dated : Predicate
    {
        private readonly Zone _zone;

        private protected Dated(Period period, Zone zone)
        {
            Period = period;
            _zone = zone;
        }

        /// <summary>Where the date, or what comes of it, must lie.</summary>
        public Period Period { get; }

        internal override bool Moves => Period.Shape != PeriodShape.Still;

        private protected Zone Zone => _zone;

        /// <summary>Whether an instant satisfies it.</summary>
        internal abstract bool Matches(long time, long now);

        /// <summary>No later than the earliest instant after <paramref name="now"/> at which the answer for an instant may change.</summary>
        internal abstract long NextChange(long time, long now);

        internal override bool Matches(JsonElement value, long now) => TryRead(value, out var time) && Matches(time, now);

        internal override long NextChange(JsonElement root, ValuePath path, long now)
        {
            var next = new NextOf(this, now);
            path.Some(root, next, static (value, next) => next.See(value));
            return next.Earliest;
        }

        private bool TryRead(JsonElement value, out long time)
        {
            var found = default(DateText);
            var isDate = value.ValueKind == JsonValueKind.String && DateText.TryParse(value.GetString(), _zone, out found);
            time = found.Start;
            return isDate;
        }

        private sealed class NextOf(Dated predicate, long now)
        {
            public long Earliest { get; private set; } = Micros.Never;

            // The answer is always "not yet", so that every value is visited.
            public bool See(JsonElement value)
            {
                if (predicate.TryRead(value, out var time))
                    Earliest = Math.Min(Earliest, predicate.NextChange(time, now));
                return false;
            }
        }
    }

    /// <summary>A date lies in the period.</summary>
    public sealed record Date : Dated
    {
        internal Date(string op, Period period, Zone zone)
            : base(period, zone) => Operator = op;

        /// <summary><c>before</c>, <c>after</c>, <c>on</c> or <c>during</c>.</summary>
        public string Operator { get; }

        internal override bool Matches(long time, long now) => Period.Contains(time, now);

        internal override long NextChange(long time, long now) => Period.NextChange(time, now);
    }

    /// <summary>An anniversary of a date, from one year after it on, begins in the period. 29 February falls on 1 March in common years.</summary>
    public sealed record Anniversary : Dated
    {
        internal Anniversary(Period period, Zone zone)
            : base(period, zone)
        {
        }

        internal override bool Matches(long time, long now)
        {
            var (from, to) = Period.At(now);
            var born = Zone.DayAt(time);
            for (var year = Math.Max(YearOf(born) + 1, YearAt(from)); year <= YearAt(to); year++)
                if (Period.Contains(Begin(born, year), now))
                    return true;
            return false;
        }

        internal override long NextChange(long time, long now)
        {
            // What leaves lies in the period, and what comes in next at most a year beyond it.
            var (from, to) = Period.At(now);
            var born = Zone.DayAt(time);
            var first = YearOf(born) + 1;
            var next = Micros.Never;
            for (var year = Math.Max(first, YearAt(from) - 1); year <= Math.Max(first, YearAt(to) + 1); year++)
                next = Math.Min(next, Period.NextChange(Begin(born, year), now));
            return next;
        }

        private static long YearOf(long day) => Civil.DateOf(day).Year;

        private long YearAt(long time) => YearOf(Zone.DayAt(time));

        private long Begin(long born, long year)
        {
            var (_, month, day) = Civil.DateOf(born);
            return Zone.StartOfDay(Civil.DayOf(year, month, day));
        }
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
