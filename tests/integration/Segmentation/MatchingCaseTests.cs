using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Streams;
using EventSegmentation.UnitTests.Segmentation.Cases;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>Holds the matcher and its database against the case file that says whose an event is.</summary>
public sealed class MatchingCaseTests(StreamStore store) : IClassFixture<StreamStore>
{
    [Fact]
    public async Task Through_the_database_every_event_belongs_to_whom_its_case_says()
    {
        var wrong = new List<string>();
        foreach (var one in MatchingCase.ReadAll())
        {
            await PrepareAsync(one);
            var matcher = new Matcher(store.Source, new ParameterCatalogue(), new RememberedContacts(), TimeProvider.System);
            foreach (var row in one.Rows)
            {
                await matcher.AppendAsync([MatchingCase.Event(row)], CancellationToken.None);
                var was = await DescribeAsync(row);
                if (was != row.Expected)
                    wrong.Add($"line {row.Line}: {was}");
            }
        }

        wrong.Should().BeEmpty();
    }

    private async Task PrepareAsync(MatchingCase one)
    {
        await using var batch = store.Source.CreateBatch();
        // What hangs on these rows goes with them.
        foreach (var table in new[] { "public.mt_streams", "segmentation.contacts", "segmentation.unassigned_events", "segmentation.matching_rules", "segmentation.event_types" })
            batch.BatchCommands.Add(new($"delete from {table}"));
        batch.BatchCommands.Add(new($"alter sequence segmentation.contact_ids restart {MatchingCase.FirstNew}"));
        batch.BatchCommands.Add(new("insert into segmentation.event_types (key, is_on) values ($1, $2)")
        {
            Parameters = { new() { Value = MatchingCase.Type }, new() { Value = one.IsOn } },
        });
        foreach (var contact in one.Known.Select(known => known.Contact).Distinct())
        {
            batch.BatchCommands.Add(ById("insert into segmentation.contacts (id, source, created) values ($1, 'Event', now())", contact));
            batch.BatchCommands.Add(ById("insert into public.mt_streams (id, version) values ($1::text, 0)", contact));
        }

        foreach (var (contact, identifier) in one.Known)
        {
            var command = ById("insert into segmentation.identifiers (contact_id, kind, key, value) values ($1, $2, $3, $4)", contact);
            command.Parameters.Add(new() { Value = identifier.Kind });
            command.Parameters.Add(new() { Value = identifier.Key.Key });
            command.Parameters.Add(new() { Value = identifier.Value });
            batch.BatchCommands.Add(command);
        }

        foreach (var (type, rule) in one.Rules)
        {
            batch.BatchCommands.Add(new("insert into segmentation.matching_rules (event_type, is_on, contact_field, parameter, changed) values ($1, $2, $3, $4, now())")
            {
                Parameters = { new() { Value = type }, new() { Value = rule.On }, new() { Value = rule.ContactField }, new() { Value = rule.Parameter } },
            });
        }

        await batch.ExecuteNonQueryAsync();
    }

    // By what the stream says: the facts that the row's event left there.
    private async Task<string> DescribeAsync(MatchingRow row)
    {
        var id = MatchingCase.Event(row).Event.EventId;
        await using var lost = store.Source.CreateCommand("select reason from segmentation.unassigned_events where event_id = $1");
        lost.Parameters.Add(new() { Value = id });
        if (await lost.ExecuteScalarAsync() is string reason)
            return $"nobody: {reason}";

        await using var command = store.Source.CreateCommand("""
            select seq_id, stream_id, version, timestamp, type, data from public.mt_events
            where stream_id = (select stream_id from public.mt_events where type = 'event_recorded' and data ->> 'EventId' = $1)
            order by version
            """);
        command.Parameters.Add(new() { Value = id });
        await using var reader = await command.ExecuteReaderAsync();
        var facts = new List<StoredEvent>();
        while (await reader.ReadAsync())
            facts.Add(StoredEvent.Read(reader));
        var before = facts.TakeWhile(fact => fact.Fact is not EventRecorded e || e.EventId != id).Select(fact => fact.Fact).ToArray();
        var isNew = before is [ContactCreated, ..] && !before.Any(fact => fact is EventRecorded);
        IEnumerable<StreamIdentifier> linked = isNew
            ? ((ContactCreated)before[0]!).Identifiers
            : before.OfType<IdentifiersLinked>().Where(link => link.EventId == id).SelectMany(link => link.Identifiers);
        return MatchingCase.Describe(
            isNew ? "new" : StreamId.Of(facts[0].ContactId),
            linked.Select(identifier => new Identifier(identifier.Kind, identifier.Value)),
            before.OfType<IdentityConflictFound>().Where(conflict => conflict.EventId == id)
                .Select(conflict => (new Identifier(conflict.Kind, conflict.Value), StreamId.Contact(conflict.OtherContactId))));
    }

    private static NpgsqlBatchCommand ById(string sql, long contact) => new(sql) { Parameters = { new() { Value = contact } } };
}
