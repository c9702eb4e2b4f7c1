using System.Globalization;

namespace EventSegmentation.Segmentation.History;

/// <summary>
/// A place in the event history: newest first by instant, then by state, then by a key that is unique within the state.
/// It names no row, so it stays right while events arrive, move or go.
/// </summary>
/// <param name="At">When the event occurred; for a refused one without a readable instant, when it was received.</param>
/// <param name="Sequence">The key of an assigned or refused event.</param>
/// <param name="Id">The key of an unassigned event.</param>
internal readonly record struct HistoryPosition(DateTimeOffset At, HistoryState State, long Sequence, Guid Id)
{
    /// <summary>
    /// The place as it bounds one state's rows: those that come after it are the ones with <c>(instant, key)</c> below the bound.
    /// </summary>
    public HistoryPosition In(HistoryState state) => state.CompareTo(State) switch
    {
        0 => this,

        // At the same instant this state's events come later, so all of them are still to come; or earlier, and none is.
        > 0 => new(At, state, long.MaxValue, Guid.AllBitsSet),
        < 0 => Before(At, state),
    };

    /// <summary>The place before all events that are earlier than an instant.</summary>
    public static HistoryPosition Before(DateTimeOffset instant, HistoryState state) => new(instant, state, 0, Guid.Empty);

    /// <summary>The place as the text of a cursor; <see cref="TryParse"/> reads it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.UtcTicks / TimeSpan.TicksPerMicrosecond} {(int)State} {Sequence} {Id:N}");

    /// <summary>False if the text is none that this type wrote.</summary>
    public static bool TryParse(string text, out HistoryPosition position)
    {
        position = default;
        if (text.Split(' ') is not [var microseconds, var stateText, var sequenceText, var idText]
            || !long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var at) || at > DateTimeOffset.MaxValue.Ticks / TimeSpan.TicksPerMicrosecond
            || !int.TryParse(stateText, NumberStyles.None, CultureInfo.InvariantCulture, out var state) || !Enum.IsDefined((HistoryState)state)
            || !long.TryParse(sequenceText, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            || !Guid.TryParseExact(idText, "N", out var id))
            return false;
        position = new(new DateTimeOffset(at * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero), (HistoryState)state, sequence, id);
        return true;
    }
}
