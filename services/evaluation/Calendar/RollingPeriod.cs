namespace EventSegmentation.Evaluation.Calendar;

/// <summary>
/// A period that moves with the instant: after the far bound, up to and including the near one. No far bound
/// means from the beginning.
/// </summary>
internal sealed class RollingPeriod(string text, RollingBound? far, RollingBound near) : Period(text)
{
    internal override PeriodShape Shape =>
        far is null ? PeriodShape.Oldest : near.IsNow ? PeriodShape.Newest : PeriodShape.Between;

    internal override bool IsSteady => near.IsSteady && far is null or { IsSteady: true };

    internal override (long From, long To) At(long now) =>
        (far is null ? long.MinValue : far.At(now) + 1, near.At(now) + 1);

    internal override bool Contains(long time, long now) =>
        (far is null || far.At(now) < time) && time <= near.At(now);

    internal override long NextChange(long time, long now)
    {
        var holds = Contains(time, now);
        var next = now;
        do
        {
            next = Math.Min(near.NextCrossing(time, next), far?.NextCrossing(time, next) ?? Micros.Never);
        }
        while (next != Micros.Never && Contains(time, next) == holds);
        return next;
    }
}
