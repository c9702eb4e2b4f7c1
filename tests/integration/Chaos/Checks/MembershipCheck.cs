using System.Data;
using EventSegmentation.Evaluation;
using EventSegmentation.IntegrationTests.Chaos.Load;
using EventSegmentation.Segmentation.Segments;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos.Checks;

/// <summary>Every contact is, at one instant, in exactly the segments in which the reference evaluator finds it.</summary>
internal static class MembershipCheck
{
    private static readonly TimeSpan TimersCatchUp = TimeSpan.FromSeconds(30);

    /// <param name="listed">Who must be on the static list.</param>
    /// <returns>How many memberships were compared.</returns>
    public static async Task<int> RunAsync(
        NpgsqlDataSource store, StoredPeople people, IReadOnlyDictionary<string, Definition> definitions, IReadOnlySet<string> listed, Findings findings)
    {
        var (histories, compared) = (new PersonHistoryStore(store), 0);
        foreach (var contact in people.Facts.Keys)
        {
            var history = (await histories.ReadAsync(contact, CancellationToken.None))!;
            if (await MembershipsAsync(store, contact) is not var (now, segments))
            {
                findings.Add($"a timer of contact {contact} is overdue by more than {TimersCatchUp.TotalSeconds} s");
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

    // What is stored holds at an instant before the contact's next timer is due.
    private static async Task<(DateTimeOffset Now, HashSet<string> Segments)?> MembershipsAsync(NpgsqlDataSource store, long contact)
    {
        await using var connection = await store.OpenConnectionAsync();
        for (var tries = 0; tries < TimersCatchUp.TotalSeconds; tries++)
        {
            await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
            await using var batch = new NpgsqlBatch(connection, snapshot);
            batch.BatchCommands.Add(new("select coalesce(due, 'infinity'), clock_timestamp() from segmentation.contact_states where contact_id = $1")
            {
                Parameters = { new() { Value = contact } },
            });
            batch.BatchCommands.Add(MembershipStore.Command(contact));
            await using var reader = await batch.ExecuteReaderAsync();
            if (!await reader.ReadAsync())
                return (DateTimeOffset.UtcNow, []);
            var (due, now) = (reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<DateTimeOffset>(1));
            await reader.NextResultAsync();
            var segments = await MembershipStore.ReadAsync(reader, CancellationToken.None);
            if (due > now)
                return (now, [.. segments.Select(segment => segment.Key)]);
            await Task.Delay(TimeSpan.FromSeconds(1));
        }

        return null;
    }
}
