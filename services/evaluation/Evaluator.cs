using EventSegmentation.Evaluation.Calendar;

namespace EventSegmentation.Evaluation;

/// <summary>
/// The one step that keeps memberships up to date: a state, an input and an instant give the next state and the
/// changes. Pure but for the state it moves: no clock, no store. Inputs of one contact come in the order in which
/// they were recorded, each event id once; events may lie in the past or the future all the same.
/// </summary>
public static class Evaluator
{
    /// <summary>
    /// Fires every timer due at or before the instant, each at its own due time and in order, then takes in the event.
    /// </summary>
    /// <param name="plan">The plan the state was made or read for.</param>
    /// <param name="state">What is kept of the contact.</param>
    /// <param name="e">The event. One that lies ahead waits in the state for its time.</param>
    /// <param name="at">When it was recorded; an instant before <see cref="ContactState.AsOf"/> means that one.</param>
    /// <param name="changes">Where entries and exits are appended, in order.</param>
    public static void Advance(Plan plan, ContactState state, ContactEvent e, DateTimeOffset at, List<Change> changes)
    {
        ArgumentNullException.ThrowIfNull(e);
        Move(plan, state, at, changes);
        state.Apply(e, changes);
    }

    /// <summary>The same for what is known of the contact besides its events.</summary>
    /// <param name="plan">The plan the state was made or read for.</param>
    /// <param name="state">What is kept of the contact.</param>
    /// <param name="facts">All facts as they are now.</param>
    /// <param name="at">When they became so; an instant before <see cref="ContactState.AsOf"/> means that one.</param>
    /// <param name="changes">Where entries and exits are appended, in order.</param>
    public static void Advance(Plan plan, ContactState state, ContactFacts facts, DateTimeOffset at, List<Change> changes)
    {
        ArgumentNullException.ThrowIfNull(facts);
        Move(plan, state, at, changes);
        state.Apply(facts, changes);
    }

    /// <summary>The same for the clock alone.</summary>
    /// <param name="plan">The plan the state was made or read for.</param>
    /// <param name="state">What is kept of the contact.</param>
    /// <param name="at">The instant to move to; one before <see cref="ContactState.AsOf"/> changes nothing.</param>
    /// <param name="changes">Where entries and exits are appended, in order.</param>
    public static void Advance(Plan plan, ContactState state, DateTimeOffset at, List<Change> changes) =>
        Move(plan, state, at, changes);

    /// <summary>
    /// Builds what the state lacks from the history, as of <see cref="ContactState.AsOf"/>: what came with epochs later than
    /// its own, and what was too large to be written. Memberships of segments new to the state are set without changes;
    /// a known one that refers to something newer changes, if it does, with the next input.
    /// </summary>
    /// <param name="plan">The plan the state was made or read for.</param>
    /// <param name="state">What is kept of the contact.</param>
    /// <param name="facts">All facts as they are now.</param>
    /// <param name="history">
    /// All events recorded of the contact so far, each once, in any order; those of other types than
    /// <see cref="ContactState.TypesToComplete"/> may be missing.
    /// </param>
    public static void Complete(Plan plan, ContactState state, ContactFacts facts, IEnumerable<ContactEvent> history)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(history);
        Check(plan, state);
        state.Complete(facts, history);
    }

    /// <summary>
    /// Takes over the segments of epochs later than the state's without the history, as of <see cref="ContactState.AsOf"/>:
    /// their memberships follow from what is kept already, and are set without changes. What was too large to be written
    /// stays so.
    /// </summary>
    /// <param name="plan">The plan the state was made or read for.</param>
    /// <param name="state">What is kept of the contact.</param>
    /// <exception cref="InvalidOperationException">Something is not kept: <see cref="ContactState.NeedsHistoryToComplete"/>.</exception>
    public static void Complete(Plan plan, ContactState state)
    {
        Check(plan, state);
        state.Complete();
    }

    private static void Move(Plan plan, ContactState state, DateTimeOffset at, List<Change> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        Check(plan, state);
        state.MoveTo(Micros.Of(at), changes);
    }

    private static void Check(Plan plan, ContactState state)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(state);
        if (!ReferenceEquals(plan, state.Plan))
            throw new ArgumentException("The state was made or read for another plan.", nameof(state));
    }
}
