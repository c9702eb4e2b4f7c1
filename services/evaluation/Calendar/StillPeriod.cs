namespace EventSegmentation.Evaluation.Calendar;

/// <summary>A period that does not move: all time, or one between dates. Holds <c>from &lt;= time &lt; to</c>.</summary>
internal sealed class StillPeriod(string text, long from, long to) : Period(text)
{
    public static readonly StillPeriod AllTime = new("all time", long.MinValue, Micros.Never);

    internal override PeriodShape Shape => PeriodShape.Still;

    internal override (long From, long To) At(long now) => (from, to);

    internal override bool Contains(long time, long now) => from <= time && time < to;

    internal override long NextChange(long time, long now) => Micros.Never;

    internal override long Representative(long time) =>
        Contains(time, time) ? (from > long.MinValue ? from : to < Micros.Never ? to - 1 : 0) : time;
}
