using System.Collections.Concurrent;
using EventSegmentation.Fuzzing;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>The messages that the broker took for ingestion, to be held against what came of them. Safe for concurrent use.</summary>
internal sealed class SubmissionAccount
{
    private readonly ConcurrentDictionary<int, SubmissionInput> _sent = new();

    public void Sent(int number, SubmissionInput input) => _sent[number] = input;

    /// <summary>The messages of which a part is missing or is there twice; empty if all is well.</summary>
    /// <param name="tally">Where each outcome is counted; null if it is too early.</param>
    public IReadOnlyList<string> Differences(PublishedTap tap, RefusedTap refused, FuzzRun run, Tally? tally)
    {
        var byNumber = tap.ById.Where(one => EventMark.NumberOf(one.Key) is not null).ToLookup(one => EventMark.NumberOf(one.Key)!.Value);
        var differences = new List<string>();
        foreach (var (number, input) in _sent)
        {
            var came = byNumber[number].ToDictionary();
            var outcome = Outcome(input, came, refused);
            if (outcome is null)
                differences.Add($"Message {number} came to {came.Count} events and {(input.MessageId is { } id ? refused.WithId(id) : refused.WithBody(input.Events.Body))} refusals: {run.Again(number)}{Environment.NewLine}{input}");
            else
                tally?.Count(outcome);
        }

        return differences;
    }

    // Null if it is not all there, once.
    private static string? Outcome(SubmissionInput input, Dictionary<string, int> came, RefusedTap refused)
    {
        if (came.Values.Any(times => times != 1))
            return null;
        var aside = input.MessageId is { } id ? refused.WithId(id) : refused.WithBody(input.Events.Body);
        if (input is { MessageId: not null, Events.Marks: { Count: > 0 } marks } && !marks.Contains(null))
            return (came.Count, aside) switch
            {
                (var all, 0) when all == marks.Count => "taken",
                (0, 1) when refused.WithBody(input.Events.Body) > 0 => "set aside",
                ( > 0, > 0) when came.Count + aside == marks.Count => "taken in part, the others set aside",
                _ => null,
            };

        // Which events it has is not known, so that it is only seen whether there is anything of it.
        if (aside > 0)
            return came.Count > 0 ? "taken in part, the others set aside" : "set aside";
        return came.Count > 0 ? "taken" : input.Events.Marks?.Contains(null) == false ? null : "taken under an id of its own";
    }
}
