using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>What happened to a segment on one day of its zone.</summary>
/// <param name="Size">Members at the end of the day; of the present one, now.</param>
internal sealed record SegmentDay(DateOnly Day, long Entered, long Exited, long Size);

/// <summary>A row of days of a zone.</summary>
/// <param name="First">The first day.</param>
/// <param name="Count">How many days.</param>
internal readonly record struct SegmentDays(string TimeZone, DateOnly First, int Count)
{
    /// <summary>So many days, the one of the instant last.</summary>
    public static SegmentDays UpTo(DateTimeOffset now, string timeZone, int count) =>
        new(timeZone, ZoneDays.DayAt(now, timeZone).AddDays(1 - count), count);

    /// <summary>Where each day begins.</summary>
    public DateTimeOffset[] Starts()
    {
        var (first, zone) = (First, TimeZone);
        return [.. Enumerable.Range(0, Count).Select(day => ZoneDays.Start(first.AddDays(day), zone))];
    }

    /// <summary>Where the last day ends.</summary>
    public DateTimeOffset End => ZoneDays.Start(First.AddDays(Count), TimeZone);

    /// <summary>The days with their sizes, which follow from what was before.</summary>
    public List<SegmentDay> Sized(long before, IReadOnlyList<long> entered, IReadOnlyList<long> exited)
    {
        var size = before;
        var days = new List<SegmentDay>(Count);
        for (var day = 0; day < Count; day++)
        {
            size += entered[day] - exited[day];
            days.Add(new(First.AddDays(day), entered[day], exited[day], size));
        }

        return days;
    }
}
