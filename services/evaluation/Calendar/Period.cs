namespace EventSegmentation.Evaluation.Calendar;

/// <summary>
/// A stretch of time that may move with the clock: at each instant it holds some times and not others. For
/// dates of fields and parameters it is whole; events that lie ahead do not exist yet, so for them it ends now.
/// </summary>
public abstract class Period
{
    private protected Period(string text) => Text = text;

    /// <summary>The period as people write it, in its one canonical form.</summary>
    public string Text { get; }

    /// <summary>Which times the period holds, seen as a row ordered by time.</summary>
    internal abstract PeriodShape Shape { get; }

    /// <summary>True if a time enters at most once and leaves at most once, and earlier times never do so later than later ones.</summary>
    internal virtual bool IsSteady => true;

    /// <summary>Where the period lies at the instant <paramref name="now"/>: from the first instant, included, to the second, excluded.</summary>
    internal abstract (long From, long To) At(long now);

    /// <summary>Whether the period holds the time at the instant <paramref name="now"/>.</summary>
    internal abstract bool Contains(long time, long now);

    /// <summary>The earliest instant after <paramref name="now"/> at which <see cref="Contains"/> changes for the time; <see cref="Micros.Never"/> if it stays.</summary>
    internal abstract long NextChange(long time, long now);

    /// <summary>One time that stands for all which the period never tells apart, at any instant at which they exist.</summary>
    internal virtual long Representative(long time) => time;

    /// <inheritdoc />
    public sealed override string ToString() => Text;
}

/// <summary>Which of the times up to now a period can hold: this decides how little of a history must be kept.</summary>
internal enum PeriodShape
{
    /// <summary>The same ones at every instant.</summary>
    Still,

    /// <summary>The newest ones: none is left out that is newer than one that is in.</summary>
    Newest,

    /// <summary>The oldest ones: none is left out that is older than one that is in.</summary>
    Oldest,

    /// <summary>Some between.</summary>
    Between,
}
