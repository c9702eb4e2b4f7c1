using System.Text.Json;
using System.Text.Json.Nodes;
using EventSegmentation.IntegrationTests.Chaos.Load;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Chaos.Checks;

/// <summary>
/// Every accepted event lies exactly once in the stream of its contact, as it was sent, or its place does if it was an erased person's; and
/// every stream is whole.
/// </summary>
internal static class StreamCheck
{
    public static async Task RunAsync(NpgsqlDataSource store, StoredPeople people, AcceptedEvents accepted, CardAccount cards, Findings findings)
    {
        var gone = cards.Erased.SelectMany(person => person.People).ToHashSet();
        var recorded = people.Facts.Values.SelectMany(facts => facts).Where(fact => fact.Fact is EventRecorded).ToLookup(fact => ((EventRecorded)fact.Fact!).EventId);
        var unassigned = (await RowsAsync(store, "select event_id, 0::bigint from segmentation.unassigned_events")).ToLookup(row => row.Name);
        var erased = (await RowsAsync(store, """
            select id::text, 0::bigint from public.mt_events where type = 'erased_fact' union all select id::text, 0::bigint from segmentation.erased_events
            """)).ToLookup(row => row.Name);
        foreach (var sent in accepted.Sent.Values)
        {
            var places = erased[EventIdentity.Of(sent.Id).ToString()].Count();
            if (places > 0 && !gone.Contains(sent.Person))
                findings.Add($"event {sent.Id} of person {sent.Person} is erased, and nobody asked for that");
            var (inStreams, apart) = (recorded[sent.Id].Count() + places, unassigned[sent.Id].Count());
            var (right, wrong) = sent.Person == SentEvent.Nobody ? (apart, inStreams) : (inStreams, apart);
            if (wrong > 0 || right > 1 || (right == 0 && accepted.IsAccepted(sent.Id)))
                findings.Add($"event {sent.Id} of person {sent.Person}, {(accepted.IsAccepted(sent.Id) ? "accepted" : "of which no answer came")}, is {inStreams} times in streams and {apart} times among the unassigned");
        }

        foreach (var id in recorded.Select(group => group.Key).Concat(unassigned.Select(group => group.Key)).Where(id => !accepted.Sent.ContainsKey(id)))
            findings.Add($"event {id} is stored and was never sent");
        Content(recorded, accepted, gone, findings);
        Owners(recorded, accepted, findings);
        await VersionsAsync(store, people, findings);
    }

    private static void Content(ILookup<string, StoredEvent> recorded, AcceptedEvents accepted, HashSet<int> gone, Findings findings)
    {
        foreach (var fact in recorded.SelectMany(group => group))
        {
            var stored = (EventRecorded)fact.Fact!;
            if (!accepted.Sent.TryGetValue(stored.EventId, out var sent))
                continue;
            if (stored.EventType != sent.Type || (sent.OccurredAt is { } at && at != stored.OccurredAt))
                findings.Add($"event {sent.Id} of contact {fact.ContactId} is stored as {stored.EventType} at {stored.OccurredAt:O}, and was sent as {sent.Type} at {sent.OccurredAt:O}");
            if (!JsonElement.DeepEquals(stored.Params, JsonElement.Parse(sent.Params)) && !(sent.Referrer is { } named && gone.Contains(named) && IsWithout(stored.Params, sent)))
                findings.Add($"event {sent.Id} of contact {fact.ContactId} is stored with {stored.Params}, and was sent with {sent.Params}");
        }
    }

    // Somebody else whom it named was erased.
    private static bool IsWithout(JsonElement stored, SentEvent sent)
    {
        var expected = JsonNode.Parse(sent.Params)!;
        expected["referrer"] = null;
        return JsonElement.DeepEquals(stored, JsonSerializer.SerializeToElement(expected));
    }

    // A person is one contact, and a contact one person.
    private static void Owners(ILookup<string, StoredEvent> recorded, AcceptedEvents accepted, Findings findings)
    {
        var owners = recorded.Where(group => accepted.Sent.ContainsKey(group.Key))
            .SelectMany(group => group.Select(fact => (Person: accepted.Sent[group.Key].Person, fact.ContactId))).Distinct().ToArray();
        foreach (var person in owners.GroupBy(owner => owner.Person).Where(person => person.Count() > 1))
            findings.Add($"the events of person {person.Key} lie with contacts {string.Join(", ", person.Select(owner => owner.ContactId))}");
        foreach (var contact in owners.GroupBy(owner => owner.ContactId).Where(contact => contact.Count() > 1))
            findings.Add($"contact {contact.Key} has events of persons {string.Join(", ", contact.Select(owner => owner.Person))}");
    }

    private static async Task VersionsAsync(NpgsqlDataSource store, StoredPeople people, Findings findings)
    {
        var heads = (await RowsAsync(store, "select id, version from public.mt_streams")).ToDictionary(row => row.Name, row => row.Number);
        foreach (var (contact, facts) in people.Facts)
        {
            var versions = facts.Select(fact => fact.Version).ToArray();
            if (!versions.SequenceEqual(Enumerable.Range(1, versions.Length).Select(version => (long)version)))
                findings.Add($"the versions of contact {contact} are not 1 to {versions.Length}: {string.Join(", ", versions.Index().Where(one => one.Item != one.Index + 1).Take(5))} …");
            if (heads.GetValueOrDefault(StreamId.Of(contact)) != versions.Length)
                findings.Add($"the stream of contact {contact} says version {heads.GetValueOrDefault(StreamId.Of(contact))} and has {versions.Length} facts");
            if (facts.Zip(facts.Skip(1)).Any(pair => pair.Second.RecordedAt < pair.First.RecordedAt))
                findings.Add($"on the stream of contact {contact} time goes back");
        }
    }

    private static async Task<List<(string Name, long Number)>> RowsAsync(NpgsqlDataSource store, string sql)
    {
        await using var command = store.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<(string, long)>();
        while (await reader.ReadAsync())
            rows.Add((reader.GetString(0), reader.GetInt64(1)));
        return rows;
    }
}
