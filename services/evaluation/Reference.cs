using EventSegmentation.Evaluation.Calendar;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation;

/// <summary>
/// What conditions mean: a plain reading of a whole history at one instant, one method for each kind of node. It
/// shares definitions, calendar and predicates with the incremental evaluator, and nothing else.
/// </summary>
public static class Reference
{
    private static readonly IReadOnlyDictionary<string, Definition> NoSegments = new Dictionary<string, Definition>();

    /// <summary>Whether the definition holds for the contact at an instant.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="facts">What is known of the contact besides its events.</param>
    /// <param name="history">All its events, each once, in any order; those after the instant do not exist yet.</param>
    /// <param name="now">The instant.</param>
    public static bool Holds(Definition definition, ContactFacts facts, IReadOnlyCollection<ContactEvent> history, DateTimeOffset now) =>
        Holds(definition, facts, history, now, NoSegments);

    /// <summary>The same for a definition that refers to other segments.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="facts">What is known of the contact besides its events.</param>
    /// <param name="history">All its events, each once, in any order; those after the instant do not exist yet.</param>
    /// <param name="now">The instant.</param>
    /// <param name="segments">The segments by key, without circles; those not here are looked for in <see cref="ContactFacts.Lists"/>.</param>
    public static bool Holds(
        Definition definition,
        ContactFacts facts,
        IReadOnlyCollection<ContactEvent> history,
        DateTimeOffset now,
        IReadOnlyDictionary<string, Definition> segments)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(segments);
        return new ReferenceMoment(facts, history, segments, Micros.Of(now)).Holds(definition.Condition);
    }
}
