using System.Globalization;
using System.Text.Json;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Contacts.Editing;
using EventSegmentation.Segmentation.Contacts.Erasure;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>How far an erasure reaches: to all that names the person, and to nothing that only looks the same.</summary>
public sealed class ErasureReachTests : IAsyncLifetime
{
    private static readonly string[] Phones = ["12345678", "87654321"];

    private MergeWorld _world = null!;

    public async Task InitializeAsync() => _world = await MergeWorld.CreateAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task What_only_looks_like_the_person_stays()
    {
        await _world.SendAsync("lost", "Hidden", new { PushToken = "tok" });
        await _world.SendAsync("ada", "Seen", new { ContactId = "ada", externalCustomerId = "1000", Phone = "12345678", PushToken = "tok" });
        await _world.SendAsync("bob", "Seen", new { ContactId = "bob", ContactKey = "1000" });
        await _world.SendAsync("conflict", "Seen", new { ContactId = "bob", externalCustomerId = "1000", totalCost = 1000, quantity = 12345678, note = "1000", device = "12345678" });
        await _world.SendAsync("stranger", "Hidden", new { Email = "x@y.z", points = 1000 });
        await _world.SendAsync("quoting", "Hidden", new { Email = "x@y.z", by = "12345678", points = 1000 });
        await RefuseAsync("number", "10001 and 123456789 and 1000", """{"points":1000,"phones":[12345678]}""");
        await RefuseAsync("reason", "phone '12345678' is strange", "?");
        await RefuseAsync("body", "too much", """{"params":[{"name":"externalCustomerId","value":"1000"}]}""");

        await EraseAsync(await _world.ContactAsync("ada"));

        (await ParamsAsync("conflict")).Should().Be(
            """{"note": "1000", "device": null, "quantity": 12345678, "ContactId": "bob", "totalCost": 1000, "externalCustomerId": null}""");
        (await ParamsAsync("bob")).Should().Be("""{"ContactId": "bob", "ContactKey": "1000"}""");
        (await _world.ScalarAsync<string>("select string_agg(event_id || ' ' || params::text, '; ' order by position) from segmentation.unassigned_events"))
            .Should().Be("""stranger {"Email": "x@y.z", "points": 1000}; quoting {"by": null, "Email": "x@y.z", "points": 1000}""");
        (await _world.ScalarAsync<long>("select count(*) from segmentation.erased_events")).Should().Be(1, "the lost event was hers");
        (await _world.ScalarAsync<string>("select string_agg(id, ' ') from segmentation.refused_events")).Should().Be("number");
    }

    [Fact]
    public async Task A_value_that_a_rule_made_an_identifier_after_it_was_set_is_looked_for_too()
    {
        await _world.SendAsync("ada", "Seen", new { ContactId = "ada" });
        var ada = await _world.ContactAsync("ada");
        var edit = ContactEdit.Parse(JsonSerializer.SerializeToElement(new { fields = new { code = "code-of-ada" } })).Edit!;
        (await new ContactEditor(_world.Source, _world.Time).EditAsync(ada, edit, "test", CancellationToken.None)).Should().BeOfType<EditOutcome.Done>();
        (await new MatchingRuleStore(_world.Source).SetAsync("Seen", new(On: true, "code", "promo"), _world.Time.Now, CancellationToken.None)).Should().BeOfType<RuleOutcome.Set>();
        await _world.SendAsync("invited", "Hidden", new { Email = "x@y.z", by = "code-of-ada" });

        await EraseAsync(ada);

        (await _world.ScalarAsync<string>("select params::text from segmentation.unassigned_events")).Should().Be("""{"by": null, "Email": "x@y.z"}""");
    }

    [Fact]
    public async Task What_others_say_of_the_person_is_found_without_any_conflict()
    {
        await _world.SendAsync("friend", "Seen", new { ContactId = "bob", invitedBy = "Ada \"L\" @Example.com", referrer = "ADA@example.com", phones = Phones });
        await _world.SendAsync("ada", "Seen", new { ContactId = "ada", Email = "ada@example.com", Phone = "12345678", PushToken = "Ada \"L\" @Example.com" });
        await _world.SendAsync("other", "Seen", new { ContactId = "eve", referrer = "ada@example.community" });

        await EraseAsync(await _world.ContactAsync("ada"));

        (await ParamsAsync("friend")).Should().Be("""{"phones": [null, "87654321"], "referrer": null, "ContactId": "bob", "invitedBy": null}""");
        (await ParamsAsync("other")).Should().Be("""{"referrer": "ada@example.community", "ContactId": "eve"}""");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_search_through_what_was_set_aside_holds_up_nobody(bool isPhoneNew)
    {
        await _world.SendAsync("1", "Seen", new { ContactId = "ada", Phone = isPhoneNew ? "" : "12345678" });
        var ada = await _world.ContactAsync("ada");
        await using var connection = await _world.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var held = new NpgsqlCommand("lock table segmentation.refused_events in access exclusive mode", connection))
            await held.ExecuteNonQueryAsync();

        var erasure = EraseAsync(ada);
        await Deadline.UntilAsync("the search waits", () => _world.ScalarAsync<bool>(
            "select exists (select from pg_locks where relation = 'segmentation.refused_events'::regclass and not granted)"));
        await _world.SendAsync("2", "Seen", new { ContactId = "ada", note = "12345678" }).WaitAsync(Deadline.Default);
        await _world.SendAsync("3", "Seen", new { ContactId = "ada", Phone = "12345678" }).WaitAsync(Deadline.Default);
        await _world.SendAsync("4", "Hidden", new { Email = "x@y.z", by = "12345678" }).WaitAsync(Deadline.Default);
        await transaction.RollbackAsync();
        await erasure.WaitAsync(Deadline.Default);

        (await _world.ScalarAsync<long>("select count(*) from public.mt_events where type not in ('erased_fact', 'contact_erased')")).Should().Be(0);
        (await _world.ScalarAsync<string>("select params::text from segmentation.unassigned_events")).Should().Be("""{"by": null, "Email": "x@y.z"}""", "what came meanwhile is looked at too");
    }

    [Fact]
    public async Task Very_many_events_of_another_are_rewritten_and_told_of_part_by_part()
    {
        const int Events = ErasureStore.MaxRewritten + 5;
        await _world.SegmentAsync("friends", """{"event":"Seen","where":{"param":"friend","exists":true},"period":"all time"}""");
        await _world.SendAsync("ada", "Seen", new { ContactId = "ada", Email = "ada@example.com" });
        await _world.SendAsync("bob", "Seen", new { ContactId = "bob", Email = "ada@example.com" });
        var (ada, bob) = (await _world.ContactAsync("ada"), await _world.ContactAsync("bob"));
        foreach (var part in Enumerable.Range(0, Events - 1).Chunk(500))
        {
            await _world.SendAsync([.. part.Select(i => SegmentationService.Event(
                "Seen", new { ContactId = "bob", friend = "ada@example.com" }, _world.Time.Now, i.ToString(CultureInfo.InvariantCulture)))]);
        }

        await _world.ProjectAsync();
        (await _world.SegmentsAsync(bob)).Should().Equal("friends");

        await EraseAsync(ada);
        await _world.ProjectAsync(batch: 1);

        (await _world.ScalarAsync<string>("select string_agg(jsonb_array_length(data -> 'EventIds')::text, ' ' order by seq_id) from public.mt_events where type = 'events_scrubbed'"))
            .Should().Be($"{ErasureStore.MaxRewritten} 5");
        (await _world.ScalarAsync<bool>("select exists (select from public.mt_events where data::text like '%ada@%')")).Should().BeFalse();
        (await _world.SegmentsAsync(bob)).Should().BeEmpty();
        (await _world.LedgerAsync(bob)).Select(line => line.Cause).Should().Equal("event", "erasure");
    }

    private async Task EraseAsync(long contact) =>
        (await new ContactEraser(_world.Source, _world.Time).EraseAsync(contact, "test", CancellationToken.None)).Should().BeOfType<ErasureOutcome.Done>();

    private Task<string> ParamsAsync(string eventId) =>
        _world.ScalarAsync<string>($"select (data -> 'Params')::text from public.mt_events where data ->> 'EventId' = '{eventId}' and type = 'event_recorded'");

    private async Task RefuseAsync(string id, string reasons, string body)
    {
        await using var command = _world.Source.CreateCommand("insert into segmentation.refused_events (id, received_at, source, reasons, body) values ($1, now(), 'test', $2, $3)");
        foreach (var value in new[] { id, reasons, body })
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync();
    }
}
