using System.Text.Json.Serialization;
using EventSegmentation.Evaluation;

namespace EventSegmentation.Segmentation.Insight;

/// <summary>What a definition would hold for at an instant.</summary>
/// <param name="Count">How many persons; exact.</param>
/// <param name="Sample">Some of them, the same ones for the same members, at most <see cref="Preview.MaxSample"/>, in the order of their ids.</param>
/// <param name="Version">The version that was asked about; null if it was a condition.</param>
/// <param name="Contacts">How many persons were looked at: everybody.</param>
/// <param name="EventsRead">How many events that took.</param>
internal sealed record PreviewView(
    DateTimeOffset At, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Version,
    long Count, IReadOnlyList<string> Sample, string Sentence, IReadOnlyList<string> Warnings, long Contacts, long EventsRead);

/// <summary>Counts who a definition holds for, by the plain reading of everybody's whole history.</summary>
internal sealed class Preview(PopulationStore population)
{
    /// <summary>The most contacts that are shown.</summary>
    public const int MaxSample = 20;

    /// <summary>How many batches of persons are evaluated at one time, at the most.</summary>
    public const int MaxEvaluators = 4;

    /// <summary>The answer, exact unless the meter is spent.</summary>
    /// <param name="segments">The definitions of the live segments by key.</param>
    public async Task<PreviewView> RunAsync(
        Draft draft, DateTimeOffset at, IReadOnlyDictionary<string, Definition> segments, WorkMeter meter, CancellationToken cancellationToken)
    {
        var types = DraftPlan.Of(draft.Definition, segments).WatchedTypes;
        var found = new ContactSample(MaxSample);
        await Parallel.ForEachAsync(
            population.ReadAsync(types, meter, cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = MaxEvaluators, CancellationToken = cancellationToken },
            (persons, _) =>
            {
                foreach (var person in persons)
                {
                    meter.LookedAt();
                    if (Reference.Holds(draft.Definition, person.Facts, new MeteredHistory(person.Events, cancellationToken), at, segments))
                        found.Add(person.ContactId);
                }

                return ValueTask.CompletedTask;
            });
        return new(at, draft.Version, found.Count, found.Chosen(), draft.Definition.Sentence, draft.Warnings, meter.Contacts, meter.Events);
    }
}
