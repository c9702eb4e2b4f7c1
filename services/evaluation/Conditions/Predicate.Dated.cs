using System.Text.Json;
using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation.Conditions;

// The predicates on dates: these alone can move with the clock.
public abstract partial record Predicate
{
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
}
