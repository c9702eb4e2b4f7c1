using EventSegmentation.Contracts;
using EventSegmentation.Sample.Show;
using EventSegmentation.Sample.Transitions;

namespace EventSegmentation.Sample.Check;

/// <summary>Checks what the subscriber received: causes, lateness, numbering and identity of the transitions.</summary>
internal static class DeliveryCheck
{
    /// <summary>What the product promises of an exit by the clock.</summary>
    public static readonly TimeSpan Promise = TimeSpan.FromSeconds(1);

    /// <summary>What fails the check: machines that run checks are often busy with other things.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    public static IEnumerable<Finding> Run(IReadOnlyList<ReceivedTransition> received, TransitionFigures figures)
    {
        var entries = figures.Count(TransitionKind.Entered, TransitionCause.Event);
        yield return new(entries > 0, $"entries by an event, live: {entries}", entries > 0 ? null : "none was received");

        var exits = figures.Count(TransitionKind.Exited, TransitionCause.Clock);
        yield return new(exits > 0, $"exits by the clock, live: {exits}", exits > 0 ? null : "none was received");

        var late = figures.WorstLateness > Promise ? $", over the promised {Wording.Duration(Promise)}" : "";
        yield return new(figures.WorstLateness <= Tolerance,
            $"exits by the clock in time: median {Wording.Duration(figures.MedianLateness)}, worst {Wording.Duration(figures.WorstLateness)}{late}",
            figures.WorstLateness <= Tolerance ? null : $"up to {Wording.Duration(Tolerance)} are tolerated");

        var once = received.DistinctBy(one => one.Transition.TransitionId).Select(one => one.Transition).ToList();
        yield return Finding.Of($"numbers rise by one per contact: {once.Count} transitions", NumberFaults(once));
        yield return Finding.Of($"a redelivery says the same: {received.Count - once.Count} of them", IdentityFaults(received));
    }

    private static List<string> NumberFaults(IEnumerable<SegmentTransition> transitions)
    {
        var last = new Dictionary<string, long>();
        var faults = new List<string>();
        foreach (var transition in transitions)
        {
            var before = last.GetValueOrDefault(transition.ContactId);
            if (transition.Number != before + 1)
                faults.Add($"contact {transition.ContactId} has {transition.Number} after {before}");
            last[transition.ContactId] = transition.Number;
        }

        return faults;
    }

    private static List<string> IdentityFaults(IReadOnlyList<ReceivedTransition> received)
    {
        var faults = received.GroupBy(one => one.Transition.TransitionId)
            .Where(group => group.Select(one => one.Transition with { Identifiers = Array.Empty<ContactIdentifier>() }).Distinct().Count() > 1)
            .Select(group => $"{group.Key} says different things");
        var labels = received
            .Where(one => one.MessageId != one.Transition.TransitionId.ToString()
                || one.RoutingKey != $"{one.Transition.Kind}.{one.Transition.SegmentKey}")
            .Select(one => $"{one.Transition.TransitionId} came as {one.MessageId} by {one.RoutingKey}");
        return [.. faults, .. labels];
    }
}
