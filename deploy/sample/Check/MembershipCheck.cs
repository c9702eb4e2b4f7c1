using EventSegmentation.Contracts;
using EventSegmentation.Sample.Fitness;
using EventSegmentation.Sample.Segments;
using EventSegmentation.Sample.Services;
using EventSegmentation.Sample.Transitions;

namespace EventSegmentation.Sample.Check;

/// <summary>
/// Compares the members of each segment three ways: as the API lists them, as plain counting over the events sent says,
/// and as a subscriber that only follows the transitions would keep them.
/// </summary>
internal sealed class MembershipCheck(SegmentationClient segmentation, SentEvents sent, TransitionLog log, TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly ContactDirectory _directory = new(segmentation);

    /// <param name="when">Of the run, for the finding's text.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    public async Task<IReadOnlyList<Finding>> RunAsync(string when, CancellationToken cancellationToken)
    {
        var people = sent.OfPerson.Keys
            .SelectMany(person => ContactDirectory.Identifiers(person).Select(identifier => (identifier, person)))
            .ToDictionary(one => one.identifier, one => one.person);
        var findings = new List<Finding>();
        foreach (var segment in SampleSegments.All)
            findings.Add(await CompareAsync(segment, people, when, cancellationToken));
        return findings;
    }

    // Time goes on while the API is asked, and the last events may still be on their way. So an answer is judged only
    // if counting gives the same members before and after it, and a difference only if it stays.
    private async Task<Finding> CompareAsync(
        SampleSegment segment, IReadOnlyDictionary<ContactIdentifier, Person> people, string when, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var text = $"{segment.Key} {when}";
        var complaint = "its members changed all the time";
        while (true)
        {
            var before = Counted(segment);
            var members = await segmentation.MembersAsync(segment.Key, cancellationToken);
            if (before.SetEquals(Counted(segment)))
            {
                var listed = new List<string>();
                foreach (var member in members)
                    listed.Add(await _directory.KeyAsync(member, people, cancellationToken));
                complaint = Difference("the API lists", listed, before) ?? Difference("the transitions tell of", Followed(segment), members.ToHashSet());
                if (complaint is null)
                    return new(true, $"{text}: {members.Count} members");
            }

            if (time.GetElapsedTime(started) > Limit)
                return new(false, text, complaint);
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private HashSet<string> Counted(SampleSegment segment)
    {
        var now = time.GetUtcNow();
        return sent.OfPerson.Where(one => segment.Holds(new Past(one.Value, now))).Select(one => one.Key.Key).ToHashSet();
    }

    private List<string> Followed(SampleSegment segment)
    {
        var members = new HashSet<string>();
        var seen = new HashSet<Guid>();
        foreach (var received in log.All().Where(received => received.Transition.SegmentKey == segment.Key && seen.Add(received.Transition.TransitionId)))
        {
            if (received.IsExit)
                members.Remove(received.Transition.ContactId);
            else
                members.Add(received.Transition.ContactId);
        }

        return [.. members];
    }

    private static string? Difference(string who, List<string> found, HashSet<string> expected)
    {
        var missing = expected.Except(found).ToList();
        var extra = found.Except(expected).ToList();
        var twice = found.GroupBy(one => one).Where(group => group.Count() > 1).Select(group => group.Key).ToList();
        if (missing.Count + extra.Count + twice.Count == 0)
            return null;
        return $"{who} {found.Count} in place of {expected.Count}"
            + (missing.Count > 0 ? $"; missing: {Finding.Examples(missing)}" : "")
            + (extra.Count > 0 ? $"; too many: {Finding.Examples(extra)}" : "")
            + (twice.Count > 0 ? $"; twice: {Finding.Examples(twice)}" : "");
    }
}
