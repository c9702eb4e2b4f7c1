using EventSegmentation.Evaluation;

namespace EventSegmentation.IntegrationTests.Chaos.Checks;

/// <summary>
/// The ledger has no gap, no repeat and nothing made up: positions and numbers follow each other, entries and exits alternate, time
/// does not go back, and what each line says was so at its instant, by the reference evaluator over what was recorded by then of the person.
/// An erased contact has left all it was in, and no line of it names an event.
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
            if (people.IsErased(contact.Key))
                Left(lines, findings);
            else if (people.Facts.ContainsKey(contact.Key))
                Reasons(lines, new(contact.Key, people), definitions, findings);
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

    private static void Left(LedgerLine[] lines, Findings findings)
    {
        foreach (var line in lines.Where(line => line.CauseEventId is not null).Take(1))
            findings.Add($"{line}, and the contact is erased");
        foreach (var segment in lines.GroupBy(line => line.Segment).Where(segment => segment.Last().Entered))
            findings.Add($"{segment.Last()}, and did not leave when it was erased");
    }

    private static IEnumerable<LedgerLine> Spread(LedgerLine[] lines) =>
        lines.Length <= MostReasons ? lines : Enumerable.Range(0, MostReasons).Select(place => lines[place * lines.Length / MostReasons]);

    private static void Reasons(LedgerLine[] lines, PersonLife life, IReadOnlyDictionary<string, Definition> definitions, Findings findings)
    {
        foreach (var line in Spread(lines))
        {
            if (line.CauseEventId is { } cause)
                life.TakeThrough(cause);
            else
                life.TakeBefore(line.At);

            // Several facts may have one instant; those of the contact itself name no event, so any of them may be the cause.
            while (!IsSo(line) && line.CauseEventId is null && life.NextIsAt(line.At))
                life.Take();
            if (!IsSo(line))
                findings.Add($"{line}, and by the reference evaluator that was not so then");
        }

        bool IsSo(LedgerLine line) => life.IsIn(line.Segment, line.At, definitions) == line.Entered;
    }
}
