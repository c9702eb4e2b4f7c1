namespace EventSegmentation.Segmentation.Insight;

/// <summary>Counts what one answer has cost and says when it is enough. Safe for use by several threads.</summary>
internal sealed class WorkMeter(SegmentationOptions options, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
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

    /// <summary>Notes a contact that was looked at. False if the time is up.</summary>
    public bool LookedAt()
    {
        Interlocked.Increment(ref _contacts);
        return HasTime();
    }

    /// <summary>False if the time is up, or the events.</summary>
    public bool HasTime()
    {
        if (time.GetElapsedTime(_start) > options.InsightTime)
            _spent ??= $"it takes longer than {options.InsightTime} (Segmentation:InsightTime)";
        return _spent is null;
    }
}
