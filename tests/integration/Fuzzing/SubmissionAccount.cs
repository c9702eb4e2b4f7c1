using System.Collections.Concurrent;
using System.Text;
using EventSegmentation.Fuzzing;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>The messages that the broker took for ingestion, to be held against what came of them. Safe for concurrent use.</summary>
internal sealed class SubmissionAccount
{
    // Submissions in work at one time, by ingestion's default.
    private const int AtOnce = 100;

    private readonly ConcurrentDictionary<int, SubmissionInput> _sent = new();

    public void Sent(int number, SubmissionInput input) => _sent[number] = input;

    /// <summary>The messages of which a part is missing or is there twice; empty if all is well.</summary>
    /// <remarks>
    /// A message that cannot be decoded ends ingestion's connection: what was in work then comes again, in the same words, and is stored once. There may be
    /// as many of these as may be in work at one time.
    /// </remarks>
    /// <param name="tally">Where each outcome is counted; null if it is too early.</param>
    public IReadOnlyList<string> Differences(PublishedTap tap, RefusedTap refused, UnreadableTap unreadable, FuzzRun run, Tally? tally)
    {
        var byNumber = tap.ById.Where(one => EventMark.NumberOf(one.Key) is not null).ToLookup(one => EventMark.NumberOf(one.Key)!.Value);
        var differences = new List<string>();
        var (undecodable, again) = (0, 0);
        foreach (var (number, input) in _sent)
        {
            // Where it is not known which events there are, one id may have been given to many.
            var came = byNumber[number].Select(one => input.Events.Marks is null ? 1 : one.Value).ToList();
            var aside = input.MessageId is { } id ? refused.WithId(id) : refused.WithBody(input.Events.Body);
            string? outcome;
            if (!input.IsDecodable)
            {
                undecodable++;
                outcome = came.Count + aside == 0 && unreadable.With(Encoding.ASCII.GetBytes(input.MessageId!), input.Events.Body) == 1 ? "set aside by the broker" : null;
            }
            else if ((outcome = Outcome(input, came, aside, refused)) is null && (outcome = Again(input, came, aside, refused)) is not null)
                again++;

            if (outcome is null)
                differences.Add($"Message {number} came to {came.Count} events ({string.Join(' ', came)} times) and {aside} refusals: {run.Again(number)}{Environment.NewLine}{input}");
            else
                tally?.Count(outcome);
        }

        if (unreadable.Count != undecodable)
            differences.Add($"{undecodable} messages cannot be decoded, and the broker set {unreadable.Count} aside.");
        if (again > undecodable * AtOnce)
            differences.Add($"{again} messages came again, of {undecodable} that cannot be decoded.");
        return differences;
    }

    // Some of it, or all, twice.
    private static string? Again(SubmissionInput input, List<int> came, int aside, RefusedTap refused) =>
        came.TrueForAll(times => times <= 2) && Enumerable.Range((aside + 1) / 2, aside - ((aside + 1) / 2) + 1)
            .Select(once => Outcome(input, [.. came.Select(_ => 1)], once, refused)).FirstOrDefault(outcome => outcome is not null) is { } outcome
            ? $"{outcome}, some of it again"
            : null;

    // Null if it is not all there, once.
    private static string? Outcome(SubmissionInput input, List<int> came, int aside, RefusedTap refused)
    {
        if (came.Exists(times => times != 1))
            return null;
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
