using EventSegmentation.Contracts;

namespace EventSegmentation.IntegrationTests.Chaos.Checks;

/// <summary>The subscriber received every transition at least once, the first time in the order of its contact's numbers, and nothing that did not happen.</summary>
internal static class DeliveryCheck
{
    /// <param name="told">Up to where the relay says that all was told.</param>
    /// <param name="people">Says who is erased: the ledger has forgotten the events by which such a contact entered and left, and subscribers may have been told before.</param>
    public static void Run(IReadOnlyList<LedgerLine> ledger, long told, IReadOnlyList<SegmentTransition> received, StoredPeople people, Findings findings)
    {
        var lines = ledger.ToDictionary(line => line.Position);
        var (highest, ids) = (new Dictionary<string, long>(), new Dictionary<long, Guid>());
        foreach (var transition in received)
        {
            var message = $"told: contact {transition.ContactId} {transition.Kind} {transition.SegmentKey}, number {transition.Number}, position {transition.Position}";
            if (!lines.TryGetValue(transition.Position ?? 0, out var line) || !Says(line, transition, people.IsErased(line.ContactId)))
                findings.Add($"{message}; the ledger has {line?.ToString() ?? "nothing there"}");
            if (line is { Cause: TransitionCause.Erasure } && people.IsErased(line.ContactId) && transition.Identifiers.Count > 0)
                findings.Add($"{message}; it names the erased");
            if (ids.TryGetValue(transition.Position ?? 0, out var id) && id != transition.TransitionId)
                findings.Add($"{message}; it came with two ids");
            ids[transition.Position ?? 0] = transition.TransitionId;
            var known = highest.GetValueOrDefault(transition.ContactId);
            if (transition.Number > known + 1)
                findings.Add($"{message}; nothing had been told after number {known}");
            highest[transition.ContactId] = Math.Max(known, transition.Number);
        }

        foreach (var line in ledger.Where(line => line.Position <= told && !ids.ContainsKey(line.Position)))
            findings.Add($"{line}, and the subscriber was never told");
    }

    private static bool Says(LedgerLine line, SegmentTransition transition, bool isErased) =>
        transition.ContactId == line.ContactId.ToString(System.Globalization.CultureInfo.InvariantCulture)
        && transition.Number == line.Number
        && transition.SegmentKey == line.Segment
        && transition.Kind == (line.Entered ? TransitionKind.Entered : TransitionKind.Exited)
        && transition.At == line.At
        && transition.Cause == line.Cause
        && (isErased || transition.CauseEventId == line.CauseEventId);
}
