namespace EventSegmentation.Evaluation.Calendar;

/// <summary>An instant at a distance from now: behind it, or ahead where the distance is negative.</summary>
internal abstract class RollingBound
{
    /// <summary>True if the bound never moves back while the clock moves on.</summary>
    public virtual bool IsSteady => true;

    /// <summary>True for the bound that is now itself.</summary>
    public virtual bool IsNow => false;

    /// <summary>Where the bound lies at an instant.</summary>
    public abstract long At(long now);

    /// <summary>The earliest instant after <paramref name="now"/> at which the answer to "does the bound lie before the time" changes.</summary>
    public abstract long NextCrossing(long time, long now);

    /// <summary>A fixed length behind now.</summary>
    public sealed class Fixed(long length) : RollingBound
    {
        public override bool IsNow => length == 0;

        public override long At(long now) => Micros.Add(now, -length);

        public override long NextCrossing(long time, long now)
        {
            var reached = Micros.Add(time, length);
            return now < reached ? reached : Micros.Never;
        }
    }

    /// <summary>
    /// The same local time so many months behind now. It jumps back at a midnight after the 28th (the 29th to
    /// the 31st of March all look at the last day of February) and at clock changes, so it may pass a time twice.
    /// </summary>
    public sealed class Months(Zone zone, int months) : RollingBound
    {
        // Around the crossing: three days for the offsets, and three more for the days that share a month's end.
        private const long Before = 3 * Micros.Day;
        private const long After = 6 * Micros.Day;

        public override bool IsSteady => false;

        public override long At(long now) => zone.AddMonths(now, -months);

        public override long NextCrossing(long time, long now)
        {
            var about = zone.AddMonths(time, months);
            if (now >= about + After)
                return Micros.Never;
            var passed = At(now) >= time;
            foreach (var instant in Turns(time, about - Before, about + After))
                if (instant > now && At(instant) >= time != passed)
                    return instant;
            return Micros.Never;
        }

        /// <summary>
        /// In order, every instant of the range at which the bound may pass the time: where it jumps, and
        /// between two jumps, where it runs evenly with the clock, the one at which it is there.
        /// </summary>
        private SortedSet<long> Turns(long time, long from, long to)
        {
            var jumps = new SortedSet<long> { from, to };
            var offsets = new HashSet<long> { zone.OffsetAt(from) };
            foreach (var (at, _, after) in zone.Changes(from, to))
            {
                jumps.Add(at);
                offsets.Add(after);
            }

            // Local times of day at which the bound jumps: midnight, and the edges of clock changes where it lies.
            var edges = new HashSet<long> { 0 };
            foreach (var (at, before, after) in zone.Changes(time - Before, time + Before))
            {
                edges.Add(TimeOfDay(at + before));
                edges.Add(TimeOfDay(at + after));
            }

            foreach (var offset in offsets)
                for (var day = Civil.Floor(from + offset, Micros.Day); (day * Micros.Day) - offset <= to; day++)
                    foreach (var edge in edges)
                        jumps.Add((day * Micros.Day) + edge - offset);

            var turns = new SortedSet<long>(jumps);
            foreach (var jump in jumps)
                turns.Add(jump + (time - At(jump)));
            return turns;
        }

        private static long TimeOfDay(long local) => local - (Civil.Floor(local, Micros.Day) * Micros.Day);
    }
}
