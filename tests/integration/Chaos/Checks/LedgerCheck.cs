using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Segments;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.IntegrationTests.Chaos.Checks;

/// <summary>
/// The ledger has no gap, no repeat and nothing made up: positions and numbers follow each other, entries and exits alternate, time
/// does not go back, and what each line says was so at its instant, by the reference evaluator over what was recorded by then.
/// </summary>
internal static class LedgerCheck
{
    /// <summary>Of how many of a contact's lines the reasons are looked for, evenly spread: each takes a reading of its whole history.</summary>
    public const int MostReasons = 50;

    public static void Run(IReadOnlyList<LedgerLine> ledger, StoredPeople people, IReadOnlyDictionary<string, Definition> definitions, Findings findings)
    {
        foreach (var (place, line) in ledger.Index().Where(one => one.Item.Position != one.Index + 1).Take(1))
            findings.Add($"after position {place} of the ledger comes {line.Position}");
        foreach (var contact in ledger.GroupBy(line => line.ContactId))
        {
            LedgerLine[] lines = [.. contact];
            Order(lines, findings);
            if (people.Facts.TryGetValue(contact.Key, out var facts))
                Reasons(lines, facts, definitions, findings);
            else
                findings.Add($"{lines[0]}, and there is no such stream");
        }
    }

    private static void Order(LedgerLine[] lines, Findings findings)
    {
        foreach (var (place, line) in lines.Index().Where(one => one.Item.Number != one.Index + 1).Take(1))
            findings.Add($"{line}, after number {place}");
        foreach (var (before, line) in lines.Zip(lines.Skip(1)).Where(pair => pair.Second.At < pair.First.At))
            findings.Add($"{line}, and that is before the instant of its number {before.Number}");
        foreach (var segment in lines.GroupBy(line => line.Segment))
            foreach (var (place, line) in segment.Index().Where(one => one.Item.Entered != (one.Index % 2 == 0)).Take(1))
                findings.Add($"{line}, and had done so before");
    }

    private static IEnumerable<LedgerLine> Spread(LedgerLine[] lines) =>
        lines.Length <= MostReasons ? lines : Enumerable.Range(0, MostReasons).Select(place => lines[place * lines.Length / MostReasons]);

    private static void Reasons(LedgerLine[] lines, IReadOnlyList<StoredEvent> facts, IReadOnlyDictionary<string, Definition> definitions, Findings findings)
    {
        var person = new GatheredPerson(facts[0].ContactId, [facts[0].ContactId]);
        var places = facts.Index().Where(one => one.Item.Fact is EventRecorded)
            .GroupBy(one => ((EventRecorded)one.Item.Fact!).EventId).ToDictionary(same => same.Key, same => same.First().Index);
        var taken = 0;
        foreach (var line in Spread(lines))
        {
            if (line.CauseEventId is { } cause)
                TakeWhile(_ => taken <= places.GetValueOrDefault(cause, -1));
            else
                TakeWhile(fact => fact.RecordedAt < line.At);

            // Several facts may have one instant; those of the contact itself name no event, so any of them may be the cause.
            while (!IsSo(line) && line.CauseEventId is null && taken < facts.Count && facts[taken].RecordedAt == line.At)
                Take();
            if (!IsSo(line))
                findings.Add($"{line}, and by the reference evaluator that was not so then");
        }

        void TakeWhile(Func<StoredEvent, bool> wanted)
        {
            while (taken < facts.Count && wanted(facts[taken]))
                Take();
        }

        void Take() => person.Take(facts[taken++]);

        bool IsSo(LedgerLine line)
        {
            var history = person.History();
            return Reference.Holds(definitions[line.Segment], history.Facts, history.Events, line.At, definitions) == line.Entered;
        }
    }
}
