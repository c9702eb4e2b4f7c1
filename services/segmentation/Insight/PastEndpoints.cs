using System.Globalization;
using EventSegmentation.Access;
using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Segments;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>How a segment grew, from the ledger.</summary>
/// <param name="SizeBefore">Members just before the first day.</param>
internal sealed record GrowthView(string Key, string TimeZone, long SizeBefore, IReadOnlyList<SegmentDay> Items);

/// <summary>The calls that say what was known and reported at the time.</summary>
internal static class PastEndpoints
{
    /// <summary>The most days of one answer.</summary>
    public const int MaxDays = 400;

    /// <summary>How many days are shown if the caller does not say.</summary>
    public const int DefaultDays = 30;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/segments/{key}/growth", GrowthAsync).Produces<GrowthView>().Reads();

    /// <summary>The answer to <c>GET /api/segments/{key}/members?at=</c>.</summary>
    public static async Task<IResult> MembersAtAsync(
        string key, string at, PageRequest page, long after, PastStore past, InsightGate gate, TimeProvider time, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        if (!QueryInstant.TryRead(at, out var instant))
            return Problems.BadRequest("at", "at is an instant such as 2026-05-01T12:30:00Z, now or in the past.");
        if (instant > now)
            return Problems.Refused([new("at", $"at lies in the future; it is {now:O} now.")]);
        if (await past.FindAsync(key, cancellationToken) is not { } segment)
            return Unknown(key);
        return await gate.LookUpAsync(
            async stop => Results.Json(
                page.Of(await past.MembersAtAsync(segment.Id, instant, after, page.Limit + 1, stop), member => member.ContactId), ApiJson.Answers.PageSegmentMember),
            cancellationToken);
    }

    private static async Task<IResult> GrowthAsync(
        string key, string? from, string? to, PastStore past, InsightGate gate, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await past.FindAsync(key, cancellationToken) is not { } segment)
            return Unknown(key);
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var (days, problem) = Read(from, to, ZoneDays.DayAt(now, segment.TimeZone), segment.TimeZone);
        if (problem is not null)
            return problem;
        return await gate.LookUpAsync(
            async stop =>
            {
                var growth = (await past.GrowthAsync([segment.Id], days.Starts(), days.End, stop))[segment.Id];
                return Results.Json(
                    new GrowthView(key, segment.TimeZone, growth.Before, days.Sized(growth.Before, growth.Entered, growth.Exited)), ApiJson.Answers.GrowthView);
            },
            cancellationToken);
    }

    private static (SegmentDays Days, IResult? Problem) Read(string? from, string? to, DateOnly today, string timeZone)
    {
        var last = today;
        if (to is not null && !TryRead(to, out last))
            return (default, Problems.BadRequest("to", "to is a day such as 2026-05-31."));
        var first = last.AddDays(1 - Math.Min(DefaultDays, last.DayNumber + 1));
        if (from is not null && !TryRead(from, out first))
            return (default, Problems.BadRequest("from", "from is a day such as 2026-05-01."));
        if (last > today)
            return (default, Problems.Refused([new("to", $"to lies in the future; it is {today:O} in {timeZone}.")]));
        if (first > last)
            return (default, Problems.Refused([new("from", $"from is not after to; {first:O} and {last:O} came.")]));
        var count = last.DayNumber - first.DayNumber + 1;
        return count > MaxDays
            ? (default, Problems.Refused([new("from", $"from and to are at most {MaxDays} days apart; {count} came.")]))
            : (new(timeZone, first, count), null);
    }

    private static bool TryRead(string text, out DateOnly day) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);

    private static IResult Unknown(string key) => Problems.NotFound($"There is no segment '{key}', and there never was one. GET /api/segments lists them.");
}
