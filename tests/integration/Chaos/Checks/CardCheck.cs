using EventSegmentation.IntegrationTests.Chaos.Load;
using EventSegmentation.Segmentation.Streams;

namespace EventSegmentation.IntegrationTests.Chaos.Checks;

/// <summary>Every contact's card is as the last call about it left it, and its stream tells the same.</summary>
internal static class CardCheck
{
    public static void Run(StoredPeople people, CardAccount account, Findings findings)
    {
        var erased = account.Erased.SelectMany(person => person.Contacts).ToHashSet();
        foreach (var (contact, stored) in people.Contacts)
        {
            long? into = account.MergedInto.TryGetValue(contact, out var survivor) ? survivor : null;
            if (stored.MergedInto != into)
                findings.Add($"contact {contact} is merged into {stored.MergedInto?.ToString() ?? "nobody"}, and it was asked for that it is into {into?.ToString() ?? "nobody"}");
            if (stored.IsErased != erased.Contains(contact))
                findings.Add($"contact {contact} is {(stored.IsErased ? "" : "not ")}erased, and that was {(stored.IsErased ? "not " : "")}asked for");
            if (stored.Plan != account.Plans.GetValueOrDefault(contact))
                findings.Add($"the plan of contact {contact} is {stored.Plan ?? "none"}, and it was asked for {account.Plans.GetValueOrDefault(contact) ?? "none"}");
            if (Told(contact, people) != into)
                findings.Add($"by its stream contact {contact} is merged into {Told(contact, people)?.ToString() ?? "nobody"}, and it was asked for that it is into {into?.ToString() ?? "nobody"}");
        }
    }

    // Into whom the contact is merged by its own facts, each of which the other stream has at the same instant.
    private static long? Told(long contact, StoredPeople people)
    {
        long? into = null;
        foreach (var fact in people.Facts[contact])
        {
            into = fact.Fact switch
            {
                ContactMergedInto merged when Has<ContactMerged>(merged.Into, other => other.From) => StreamId.Contact(merged.Into),
                ContactUnmerged given when Has<ContactSplit>(given.From, other => other.Contact) => null,
                _ => into,
            };

            bool Has<T>(string other, Func<T, string> named) => people.Facts[StreamId.Contact(other)]
                .Any(one => one.RecordedAt == fact.RecordedAt && one.Fact is T told && named(told) == StreamId.Of(contact));
        }

        return into;
    }
}
