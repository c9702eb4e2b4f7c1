using EventSegmentation.Sample.Fitness;

namespace EventSegmentation.Sample.Segments;

/// <summary>What one person had done by an instant, for plain counting.</summary>
internal sealed class Past(IEnumerable<FitnessEvent> events, DateTimeOffset now)
{
    /// <summary>Events of these types in <c>(now − span, now]</c>.</summary>
    public IEnumerable<FitnessEvent> Last(TimeSpan span, params IEnumerable<string> types) =>
        Between(instant => instant > now - span, types);

    /// <summary>Events of the type on today's date, UTC, up to now.</summary>
    public IEnumerable<FitnessEvent> Today(string type) => Between(instant => instant.UtcDateTime.Date == now.UtcDateTime.Date, [type]);

    /// <summary>Events of the type on yesterday's date, UTC.</summary>
    public IEnumerable<FitnessEvent> Yesterday(string type) =>
        Between(instant => instant.UtcDateTime.Date == now.UtcDateTime.Date.AddDays(-1), [type]);

    /// <summary>All events of the type up to now.</summary>
    public IEnumerable<FitnessEvent> Ever(string type) => Between(_ => true, [type]);

    private IEnumerable<FitnessEvent> Between(Func<DateTimeOffset, bool> isInside, IEnumerable<string> types) =>
        events.Where(e => e.OccurredAt <= now && isInside(e.OccurredAt) && types.Contains(e.Type, StringComparer.Ordinal));
}
