using System.Collections.Concurrent;

namespace EventSegmentation.Evaluation.Calendar;

/// <summary>
/// A time zone as a table of its offsets. A local time that a clock change skips is moved on by the gap;
/// one that comes twice is the earlier; a day begins at its first instant and ends where the next begins.
/// Outside <see cref="FirstYear"/>–<see cref="LastYear"/> the offset of the table's nearest end holds.
/// </summary>
internal sealed class Zone
{
    public const int FirstYear = 1900;
    public const int LastYear = 2150;

    // No zone is further than this from UTC, so every local time lies within it of its instant.
    private const long MaxOffset = 15 * Micros.Hour;

    /// <summary>Coordinated Universal Time.</summary>
    public static readonly Zone Utc = new("UTC", [], [0]);

    private static readonly ConcurrentDictionary<string, Zone?> Known = new(StringComparer.Ordinal) { ["UTC"] = Utc };

    private readonly long[] _changes;
    private readonly long[] _offsets;

    private Zone(string id, long[] changes, long[] offsets)
    {
        Id = id;
        _changes = changes;
        _offsets = offsets;
    }

    /// <summary>The IANA name.</summary>
    public string Id { get; }

    private bool IsFixed => _changes.Length == 0;

    /// <summary>The zone of this IANA name; null if there is none.</summary>
    public static Zone? Find(string id)
    {
        if (Known.TryGetValue(id, out var known))
            return known;

        // Unknown names are not remembered, so the table stays as small as the list of zones.
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(id, out var info) || !info.HasIanaId)
            return null;
        return Known.GetOrAdd(id, static (name, zone) => Read(name, zone), info);
    }

    /// <summary>The offset from UTC in force at the instant, in microseconds, positive to the east.</summary>
    public long OffsetAt(long instant)
    {
        if (IsFixed)
            return _offsets[0];
        var found = Array.BinarySearch(_changes, instant);
        return _offsets[found >= 0 ? found + 1 : ~found];
    }

    /// <summary>The clock on the wall at the instant, as microseconds of a zoneless calendar.</summary>
    public long ToLocal(long instant) => instant + OffsetAt(instant);

    /// <summary>The instant of a local time.</summary>
    public long ToInstant(long local)
    {
        if (IsFixed)
            return local - _offsets[0];
        var before = OffsetAt(local - MaxOffset);
        var after = OffsetAt(local + MaxOffset);
        if (before == after)
            return local - before;

        // At an overlap both are right and the offset before the change gives the earlier; in a gap neither is,
        // and the offset before the change moves on by exactly the gap.
        if (OffsetAt(local - before) == before)
            return local - before;
        return OffsetAt(local - after) == after ? local - after : local - before;
    }

    /// <summary>The first instant of the day.</summary>
    public long StartOfDay(long day)
    {
        if (day > Micros.Never / Micros.Day / 2)
            return Micros.Never;
        var midnight = day * Micros.Day;
        var start = ToInstant(midnight);
        if (IsFixed || ToLocal(start) == midnight)
            return start;

        // Midnight is skipped: the day begins with the change itself, even if the gap began before midnight.
        var change = Array.BinarySearch(_changes, start);
        return _changes[change >= 0 ? change : ~change - 1];
    }

    /// <summary>The day that has begun last at the instant.</summary>
    public long DayAt(long instant)
    {
        var day = Civil.Floor(ToLocal(instant), Micros.Day);
        if (IsFixed)
            return day;
        while (StartOfDay(day) > instant)
            day--;
        while (StartOfDay(day + 1) <= instant)
            day++;
        return day;
    }

    /// <summary>The same local time so many months later, on the month's last day if it is shorter.</summary>
    public long AddMonths(long instant, long months)
    {
        var local = ToLocal(instant);
        var day = Civil.Floor(local, Micros.Day);
        return ToInstant((Civil.AddMonths(day, months) * Micros.Day) + local - (day * Micros.Day));
    }

    /// <summary>The clock changes in the range, both ends included: the instant, and the offsets before and after it.</summary>
    public IEnumerable<(long At, long Before, long After)> Changes(long from, long to)
    {
        var index = Array.BinarySearch(_changes, from);
        for (var i = index >= 0 ? index : ~index; i < _changes.Length && _changes[i] <= to; i++)
            yield return (_changes[i], _offsets[i], _offsets[i + 1]);
    }

    private static Zone Read(string id, TimeZoneInfo info)
    {
        long Offset(long instant) => info.GetUtcOffset(Micros.ToTime(instant)).Ticks / TimeSpan.TicksPerMicrosecond;

        var end = Civil.DayOf(LastYear + 1, 1, 1) * Micros.Day;
        var changes = new List<long>();
        var at = Civil.DayOf(FirstYear, 1, 1) * Micros.Day;
        var offsets = new List<long> { Offset(at) };

        // No zone has changed its clocks twice in one day, so a day is a step that misses nothing.
        for (; at < end; at += Micros.Day)
        {
            if (Offset(at + Micros.Day) == offsets[^1])
                continue;
            var (low, high) = (at, at + Micros.Day);
            while (high - low > 1)
            {
                var middle = low + ((high - low) / 2);
                (low, high) = Offset(middle) == offsets[^1] ? (middle, high) : (low, middle);
            }

            changes.Add(high);
            offsets.Add(Offset(high));
        }

        return new Zone(id, [.. changes], [.. offsets]);
    }
}
