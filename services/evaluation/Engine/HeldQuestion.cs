using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation.Engine;

/// <summary>What is asked of events that are kept as such. Whatever the question, the events stand in their order.</summary>
internal abstract class HeldQuestion
{
    /// <summary>The events that matter.</summary>
    public abstract IEnumerable<EventFilter> Filters { get; }

    /// <summary>Parameters it looks at besides those of the filters.</summary>
    public virtual IEnumerable<ValuePath> Params => [];

    /// <summary>The answer at an instant.</summary>
    public abstract bool Holds(IReadOnlyList<HeldEvent> events, long now);

    /// <summary>No later than the earliest instant at which the part that one event plays may change, its filters apart.</summary>
    public abstract long NextChange(HeldEvent held, long now);

    /// <summary>No later than the earliest instant at which the answer may change although no event does.</summary>
    public virtual long NextTurn(IReadOnlyList<HeldEvent> events, long now) => Micros.Never;

    /// <summary>Whether an event plays no part at the instant or later.</summary>
    public virtual bool IsOver(HeldEvent held, long now) => false;

    private static bool Lets(EventFilter filter, HeldEvent held, long now) =>
        filter.Types.Contains(held.Type) && (filter.Where is null || filter.Where.Holds(held.Params, now));

    /// <summary>A figure of the matching events in a period.</summary>
    public sealed class Figures(Condition.Event condition) : HeldQuestion
    {
        private readonly Gauge _gauge = new(condition.Measure);

        public override IEnumerable<EventFilter> Filters => [condition.Events];

        public override IEnumerable<ValuePath> Params => condition.Measure.Param is { } param ? [param] : [];

        public override bool Holds(IReadOnlyList<HeldEvent> events, long now)
        {
            var matching = events.Where(held => condition.Period.Contains(held.Time, now) && Lets(condition.Events, held, now));
            if (condition.Measure.Figure == Figure.Distinct)
                return _gauge.Holds(new Total(matching.SelectMany(held => ValueKeys.Of(held.Params, condition.Measure.Param!)).Distinct().Count(), 0, default));
            return _gauge.Holds(matching.Aggregate(default(Total), (total, held) => total + _gauge.Of(held.Params)));
        }

        public override long NextChange(HeldEvent held, long now) => condition.Period.NextChange(held.Time, now);

        public override bool IsOver(HeldEvent held, long now) =>
            !condition.Period.Contains(held.Time, now) && condition.Period.NextChange(held.Time, now) == Micros.Never;
    }

    /// <summary>The first or the last matching event.</summary>
    public sealed class Point(EventFilter filter, Period period, Where? has, EventFilter? notFollowedBy, bool isFirst) : HeldQuestion
    {
        public override IEnumerable<EventFilter> Filters => notFollowedBy is null ? [filter] : [filter, notFollowedBy];

        public override IEnumerable<ValuePath> Params => has?.Params ?? [];

        public override bool Holds(IReadOnlyList<HeldEvent> events, long now)
        {
            var point = isFirst ? events.FirstOrDefault(held => Lets(filter, held, now)) : events.LastOrDefault(held => Lets(filter, held, now));
            return point is not null
                && period.Contains(point.Time, now)
                && (has is null || has.Holds(point.Params, now))
                && (notFollowedBy is null || !events.Any(held => held.Time > point.Time && Lets(notFollowedBy, held, now)));
        }

        public override long NextChange(HeldEvent held, long now) =>
            Math.Min(period.NextChange(held.Time, now), has?.NextChange(held.Params, now) ?? Micros.Never);
    }

    /// <summary>Enough events in enough of the previous complete units.</summary>
    public sealed class Regular(Condition.Streak condition) : HeldQuestion
    {
        public override IEnumerable<EventFilter> Filters => [condition.Events];

        public override bool Holds(IReadOnlyList<HeldEvent> events, long now)
        {
            var current = UnitOf(now);
            return events
                .Where(held => UnitOf(held.Time) is var unit && unit >= current - condition.Previous && unit < current && Lets(condition.Events, held, now))
                .GroupBy(held => UnitOf(held.Time))
                .Count(unit => unit.Count() >= condition.AtLeast) >= condition.InAtLeast;
        }

        public override long NextChange(HeldEvent held, long now) => Micros.Never;

        public override long NextTurn(IReadOnlyList<HeldEvent> events, long now) =>
            events.Count == 0 || IsOver(events[^1], now)
                ? Micros.Never
                : Zone.Utc.StartOfDay(condition.Unit.FirstDay(UnitOf(now) + 1));

        public override bool IsOver(HeldEvent held, long now) => UnitOf(held.Time) < UnitOf(now) - condition.Previous;

        private long UnitOf(long time) => condition.Unit.IndexOf(Zone.Utc.DayAt(time));
    }
}
