using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Http;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>A segment in an audit.</summary>
/// <param name="Size">Members now.</param>
/// <param name="LastChange">The last entry or exit; null if there was none.</param>
/// <param name="Days">The last <see cref="Audit.Days"/> days of the segment's zone.</param>
/// <param name="Findings">What is hardly meant; empty if all is well.</param>
internal sealed record AuditedSegment(
    string Key, string Name, string TimeZone, long Size, DateTimeOffset? LastChange, IReadOnlyList<SegmentDay> Days, IReadOnlyList<AuditFinding> Findings);

/// <summary>An audit of all segments that serve.</summary>
internal sealed record AuditView(DateTimeOffset At, IReadOnlyList<AuditedSegment> Items);

/// <summary>The pairs of segments that have members in common, those most alike first.</summary>
/// <param name="Pairs">How many such pairs there are.</param>
/// <param name="Next">The cursor of the next part; null at the end.</param>
internal sealed record OverlapView(DateTimeOffset At, int Pairs, IReadOnlyList<SegmentPair> Items, string? Next);

/// <summary>Looks over all segments: how they grew, what they have in common, and what is hardly meant.</summary>
internal sealed class Audit(AuditStore store, PastStore past, EventTypeSwitchStore types)
{
    /// <summary>How many days are shown, the present one included.</summary>
    public const int Days = 30;

    public async Task<AuditView> RunAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var serving = await store.ReadAsync(cancellationToken);
        var growth = new Dictionary<long, LedgerGrowth>();
        foreach (var zone in serving.Items.GroupBy(segment => segment.TimeZone, StringComparer.Ordinal))
        {
            var days = SegmentDays.UpTo(now, zone.Key, Days);
            foreach (var (segment, grown) in await past.GrowthAsync([.. zone.Select(segment => segment.Id)], days.Starts(), days.End, cancellationToken))
                growth.Add(segment, grown);
        }

        var pairs = serving.Pairs()
            .SelectMany(pair => new[] { (Key: pair.One, Pair: pair), (Key: pair.Other, Pair: pair) })
            .ToLookup(pair => pair.Key, pair => pair.Pair, StringComparer.Ordinal);
        var alike = serving.Items.Where(segment => segment.Definition is not null).ToLookup(segment => segment.Definition!.Form, segment => segment.Key, StringComparer.Ordinal);
        var known = await types.KnownAsync(cancellationToken);
        return new(now,
        [
            .. serving.Items.Select((segment, place) =>
            {
                var size = serving.Overlaps.Both(place, place);
                var grown = growth[segment.Id];
                string[] twins = segment.Definition is { } definition ? [.. alike[definition.Form].Where(key => key != segment.Key)] : [];
                return new AuditedSegment(
                    segment.Key, segment.Name, segment.TimeZone, size, grown.LastChange,
                    SegmentDays.UpTo(now, segment.TimeZone, Days).Sized(grown.Before, grown.Entered, grown.Exited),
                    [.. AuditFindings.Of(segment, size, grown.LastChange, twins, pairs[segment.Key], known, now)]);
            }),
        ]);
    }

    /// <summary>The pairs; null if no segment of the key serves.</summary>
    /// <param name="key">Only pairs with this segment; null for all.</param>
    /// <param name="after">How many pairs were shown already.</param>
    public async Task<OverlapView?> OverlapsAsync(string? key, long after, int limit, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var serving = await store.ReadAsync(cancellationToken);
        if (key is not null && !serving.Items.Any(segment => segment.Key == key))
            return null;
        SegmentPair[] pairs = [.. serving.Pairs().Where(pair => key is null || pair.One == key || pair.Other == key)];
        var shown = (int)Math.Clamp(after, 0, pairs.Length);
        SegmentPair[] items = [.. pairs.Skip(shown).Take(limit)];
        return new(now, pairs.Length, items, shown + items.Length < pairs.Length ? PageRequest.Cursor(shown + items.Length) : null);
    }
}
