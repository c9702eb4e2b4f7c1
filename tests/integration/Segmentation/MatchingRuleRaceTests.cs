using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Contacts.Erasure;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Segmentation;

/// <summary>A rule that makes a field identify, and the contacts that hold it: erased at the same moment, or merged.</summary>
public sealed class MatchingRuleRaceTests(StreamStore store) : IClassFixture<StreamStore>
{
    private readonly MatchingRuleStore _rules = new(store.Source);

    [Fact]
    public async Task A_contact_that_is_erased_while_a_rule_is_being_set_keeps_no_identifier()
    {
        await HolderAsync(501, "ruleFirst");
        await _rules.SetAsync("RuleFirst", new(true, IdentifierKind.Email, "p"), DateTimeOffset.UnixEpoch, CancellationToken.None);

        // The rule is written last, so whoever waits for its row has made the identifiers.
        await using var holder = await store.Source.OpenConnectionAsync();
        await using var held = await holder.BeginTransactionAsync();
        await ExecuteAsync(holder, "select from segmentation.matching_rules where event_type = 'RuleFirst' for update");
        var set = _rules.SetAsync("RuleFirst", new(true, "ruleFirst", "p"), DateTimeOffset.UnixEpoch, CancellationToken.None);
        await Eventually.BecomesAsync(WaitingAsync, waiting => waiting == 1, "the rule waiting");
        var erasure = new ContactEraser(store.Source, TimeProvider.System).EraseAsync(501, "admin", CancellationToken.None);
        await Eventually.BecomesAsync(async () => erasure.IsCompleted || await WaitingAsync() == 2, isDone => isDone, "the erasure committing or waiting");
        await held.RollbackAsync();
        await set;
        await erasure;

        (await RowsAsync("select count(*) from segmentation.identifiers where contact_id = 501")).Should().Be(0);
    }

    [Fact]
    public async Task A_rule_that_is_set_while_a_contact_is_erased_gives_it_no_identifier()
    {
        await HolderAsync(502, "erasureFirst");

        await using var eraser = await store.Source.OpenConnectionAsync();
        await using var erasure = await eraser.BeginTransactionAsync();
        await ExecuteAsync(eraser, "update segmentation.contacts set fields = '{}', erased = now() where id = 502");
        var set = _rules.SetAsync("ErasureFirst", new(true, "erasureFirst", "p"), DateTimeOffset.UnixEpoch, CancellationToken.None);
        await Eventually.BecomesAsync(async () => set.IsCompleted || await WaitingAsync() == 1, isDone => isDone, "the rule committing or waiting");
        await erasure.CommitAsync();
        await set;

        (await RowsAsync("select count(*) from segmentation.identifiers where contact_id = 502")).Should().Be(0);
    }

    [Fact]
    public async Task A_value_that_both_halves_of_a_person_hold_identifies_the_one_that_stands_for_it()
    {
        await HolderAsync(503, "halves");
        await HolderAsync(504, "halves");
        (await _rules.SetAsync("Halves", new(true, "halves", "p"), DateTimeOffset.UnixEpoch, CancellationToken.None)).Should().BeOfType<RuleOutcome.Shared>("they are two persons");
        await RowsAsync("update segmentation.contacts set merged_into = 504 where id = 503 returning id");

        var outcome = await _rules.SetAsync("Halves", new(true, "halves", "p"), DateTimeOffset.UnixEpoch, CancellationToken.None);

        outcome.Should().BeOfType<RuleOutcome.Set>();
        (await RowsAsync("select contact_id from segmentation.identifiers where kind = 'halves'")).Should().Be(504);
    }

    private async Task HolderAsync(long contact, string field)
    {
        await RowsAsync($$"""
            with stream as (insert into public.mt_streams (id, version) values ('{{contact}}', 0)),
                 field as (insert into segmentation.contact_fields (name, type, created) values ('{{field}}', 'text', now()) on conflict do nothing)
            insert into segmentation.contacts (id, source, created, fields) values ({{contact}}, 'Event', now(), '{"{{field}}":"personal"}') returning id
            """);
    }

    private Task<long> WaitingAsync() =>
        RowsAsync("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");

    private async Task<long> RowsAsync(string sql)
    {
        await using var command = store.Source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
