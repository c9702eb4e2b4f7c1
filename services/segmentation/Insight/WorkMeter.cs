namespace EventSegmentation.Segmentation.Insight;

/// <summary>Counts what one answer has cost and says when it is enough. Safe for use by several threads.</summary>
internal sealed class WorkMeter(SegmentationOptions options)
{
    private long _contacts;
    private long _events;
    private volatile string? _spent;

    /// <summary>The contacts that were looked at.</summary>
    public long Contacts => Interlocked.Read(ref _contacts);

    /// <summary>The events that were read.</summary>
    public long Events => Interlocked.Read(ref _events);

    /// <summary>Which limit was hit, in words that name the setting; null while there is work left to spend.</summary>
    public string? Spent => _spent;

    /// <summary>Notes an event that was read. False if it was one too many.</summary>
    public bool Read()
    {
        if (Interlocked.Increment(ref _events) > options.InsightEvents)
            _spent ??= $"it would read more than {options.InsightEvents} events (Segmentation:InsightEvents)";
        return _spent is null;
    }

    /// <summary>Notes a contact that was looked at.</summary>
    public void LookedAt() => Interlocked.Increment(ref _contacts);

    /// <summary>Notes that the time is up.</summary>
    public void TimeIsUp() => _spent ??= $"it takes longer than {options.InsightTime} (Segmentation:InsightTime)";
}
