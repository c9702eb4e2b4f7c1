using EventSegmentation.Evaluation;
using EventSegmentation.IntegrationTests.Segmentation;
using EventSegmentation.Segmentation.Segments;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos.Checks;

/// <summary>Every contact is, at one instant, in exactly the segments in which the reference evaluator finds its person; one that is merged or erased, in none.</summary>
internal static class MembershipCheck
{
    /// <param name="listed">Who must be on the static list.</param>
    /// <returns>How many memberships were compared.</returns>
    public static async Task<int> RunAsync(
        NpgsqlDataSource store, StoredPeople people, IReadOnlyDictionary<string, Definition> definitions, IReadOnlySet<string> listed, Findings findings)
    {
        var (histories, compared, asked) = (new PersonHistoryStore(store), 0, DateTimeOffset.UtcNow);
        foreach (var contact in people.Facts.Keys)
        {
            var history = (await histories.ReadAsync(contact, CancellationToken.None))!;
            if (await SettledMemberships.ReadAsync(store, contact, asked) is not var (now, segments))
            {
                findings.Add($"a timer of contact {contact} is overdue by more than {SettledMemberships.TimersCatchUp.TotalSeconds} s");
                continue;
            }

            if (people.IsGone(contact))
            {
                compared++;
                if (segments.Count > 0)
                    findings.Add($"contact {contact} is merged or erased, and it is in {string.Join(", ", segments)}");
                continue;
            }

            foreach (var (key, definition) in definitions)
            {
                compared++;
                if (Reference.Holds(definition, history.Facts, history.Events, now, definitions) != segments.Contains(key))
                    findings.Add($"contact {contact} {(segments.Contains(key) ? "is" : "is not")} in {key} at {now:O}, and by the reference evaluator it {(segments.Contains(key) ? "is not" : "is")}");
            }

            if (listed.Contains(history.ContactId) != segments.Contains(ChaosSegments.List))
                findings.Add($"contact {contact} was {(listed.Contains(history.ContactId) ? "" : "not ")}put on the list {ChaosSegments.List}, and the segment says otherwise");
        }

        return compared;
    }
}
