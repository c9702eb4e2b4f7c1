namespace EventSegmentation.Segmentation.EventTypes;

/// <summary>A time in which an event type was used for segmentation: from <paramref name="Starts"/>, inclusive, to <paramref name="Ends"/>, exclusive; null is open.</summary>
internal readonly record struct SwitchInterval(DateTimeOffset Starts, DateTimeOffset? Ends)
{
    public bool Contains(DateTimeOffset instant) => Starts <= instant && (Ends is null || instant < Ends);
}

/// <summary>The switch "use for segmentation" of one event type.</summary>
internal sealed record TypeSwitch(bool IsOn, IReadOnlyList<SwitchInterval> Intervals)
{
    /// <summary>The most types that are on at one time.</summary>
    public const int MaxOn = 50;

    /// <summary>The switch of a type that nobody has touched.</summary>
    public static TypeSwitch Off { get; } = new(false, []);

    /// <summary>
    /// Whether an event counts, decided once, when it is recorded: it occurred while the switch was on, or it is
    /// imported on purpose while the switch is on.
    /// </summary>
    public bool Counts(DateTimeOffset occurredAt, bool import) =>
        (import && IsOn) || Intervals.Any(interval => interval.Contains(occurredAt));
}
