using System.Text.Json;
using EventSegmentation.Evaluation.Conditions;

namespace EventSegmentation.Evaluation;

/// <summary>One event of a contact, as conditions see it.</summary>
public sealed class ContactEvent
{
    /// <summary>The identity of the event; breaks ties between events of one instant, ordinally.</summary>
    public required string EventId { get; init; }

    /// <summary>The event type's key, compared exactly.</summary>
    public required string Type { get; init; }

    /// <summary>When it happened; finer digits than microseconds are cut off. Before this instant it does not exist.</summary>
    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>Whether it counts for segmentation, as decided when it was recorded.</summary>
    public required bool Counts { get; init; }

    /// <summary>
    /// The parameters, a JSON object; taken as empty if some text in it is no Unicode. The evaluator reads it during the
    /// call only: of what it keeps it makes a copy.
    /// </summary>
    public required JsonElement Params
    {
        get;
        init => field = JsonText.OrNothing(value);
    }
}
