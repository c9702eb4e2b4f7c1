namespace EventSegmentation.Evaluation;

/// <summary>A contact entered or left a segment.</summary>
/// <param name="SegmentId">Which segment.</param>
/// <param name="Entered">True if it entered, false if it left.</param>
/// <param name="At">The effective instant.</param>
/// <param name="ByClock">True if time alone did it; otherwise the input did.</param>
public readonly record struct Change(long SegmentId, bool Entered, DateTimeOffset At, bool ByClock);
