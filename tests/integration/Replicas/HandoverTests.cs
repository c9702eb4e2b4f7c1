using EventSegmentation.IntegrationTests.Builds;
using EventSegmentation.IntegrationTests.Segmentation;
using EventSegmentation.Segmentation.Projection;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Replicas;

/// <summary>What one owner must leave to another, and when: the moments in which two could write the same.</summary>
public sealed class HandoverTests : IAsyncLifetime
{
    private const long Gate = 4711;

    private BuildWorld _world = null!;

    public async Task InitializeAsync() => _world = await BuildWorld.CreateAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task A_merged_contact_is_taken_over_when_its_old_owner_has_come_to_the_merge()
    {
        await _world.SegmentAsync("twice", """{"event":"Seen","count":{"atLeast":2},"period":"all time"}""");
        await _world.ProjectAsync();
        await _world.SendAsync("a", "Seen");
        await _world.SendAsync("b", "Seen");
        var (a, b) = (await _world.ContactAsync("a"), await _world.ContactAsync("b"));
        (await _world.Merges.MergeAsync(a, b, "test", CancellationToken.None)).Refusal.Should().BeNull();

        await ProjectAsync(Partition.Of(b));
        (await _world.ScalarAsync<bool>($"select position < (select min(sequence) from segmentation.moved_contacts) from segmentation.checkpoints where name = 'projector' and partition = {Partition.Of(b)}"))
            .Should().BeTrue("the old owner has not taken in what came before");
        (await _world.MembersAsync("twice")).Should().BeEmpty();

        await ProjectAsync(Partition.Of(a));
        (await _world.ScalarAsync<short>($"select partition from segmentation.contact_states where contact_id = {a}")).Should().Be(Partition.Of(a));
        await ProjectAsync(Partition.Of(b));

        (await _world.MembersAsync("twice")).Should().Be("b");
        (await _world.ScalarAsync<short>($"select partition from segmentation.contact_states where contact_id = {a}")).Should().Be(Partition.Of(b));

        // From here on its facts are the new owner's, and those of the old one pass them over.
        await _world.SendAsync("a", "Seen");
        await ProjectAsync(Partition.Of(a));
        (await _world.ScalarAsync<long>($"select stream_version from segmentation.contact_states where contact_id = {a}")).Should().Be(3);
        await ProjectAsync(Partition.Of(b));
        (await _world.ScalarAsync<long>($"select stream_version from segmentation.contact_states where contact_id = {a}")).Should().Be(4);
    }

    [Fact]
    public async Task What_an_old_owner_completed_of_a_contact_that_has_moved_is_not_written()
    {
        await _world.SendAsync("a", "Seen");
        await _world.SendAsync("b", "Seen");
        await _world.ProjectAsync();
        var (a, b) = (await _world.ContactAsync("a"), await _world.ContactAsync("b"));
        await _world.SegmentAsync("seen", """{"event":"Seen","period":"all time"}""");
        await _world.ProjectAsync(rounds: 1);
        await GateAsync("before update of built on segmentation.builds");

        // The old owner has read its slice and is about to write it; meanwhile the contact goes to the new one.
        Task old, next;
        await using (var closed = await CloseAsync())
        {
            old = ProjectAsync(Partition.Of(a));
            await WaitingAsync();
            (await _world.Merges.MergeAsync(a, b, "test", CancellationToken.None)).Refusal.Should().BeNull();
            next = ProjectAsync(Partition.Of(b));
            await Eventually.BecomesAsync(
                () => _world.ScalarAsync<short>($"select partition from segmentation.contact_states where contact_id = {a}"), partition => partition == Partition.Of(b), "the new owner having the contact");
        }

        await Task.WhenAll(old, next);
        await ProjectAsync([.. Partition.All]);

        (await _world.StateAsync("seen", 1)).Should().Be("live");
        (await _world.MembersAsync("seen")).Should().Be("b");
        (await _world.ScalarAsync<bool>($"select state is null and merged_into = {b} from segmentation.contact_states where contact_id = {a}")).Should().BeTrue();
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task A_swap_waits_for_an_owner_who_is_writing_and_comes_when_all_have_built()
    {
        await _world.SendAsync("a", "Seen");
        await _world.SendAsync("b", "Seen");
        await _world.ProjectAsync();
        var a = Partition.Of(await _world.ContactAsync("a"));
        short[] others = [.. Partition.All.Where(partition => partition != a)];
        await _world.SegmentAsync("seen", """{"event":"Seen","period":"all time"}""");
        await ProjectAsync(others);
        await ProjectAsync(others);
        (await _world.StateAsync("seen", 1)).Should().Be("building", "one of the owners has not evaluated his contacts");
        await ProjectAsync(a);
        await _world.SendAsync("a", "Seen");
        await GateAsync("before update on segmentation.contact_states");
        Task writing;
        await using (var closed = await CloseAsync())
        {
            writing = ProjectAsync(a);
            await WaitingAsync();
            await ProjectAsync(others);
            (await _world.StateAsync("seen", 1)).Should().Be("building");
        }

        await writing;
        await ProjectAsync(others);
        (await _world.StateAsync("seen", 1)).Should().Be("live");
        (await _world.MembersAsync("seen")).Should().Be("a b");
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task What_was_evaluated_for_editions_that_have_changed_cannot_be_written()
    {
        await using var connection = await _world.Source.OpenConnectionAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await PlanStore.HoldAsync(connection, 1, CancellationToken.None);
            await using var rival = await _world.Source.OpenConnectionAsync();
            await using var swap = await rival.BeginTransactionAsync();
            (await PlanStore.TryHoldAloneAsync(rival, CancellationToken.None)).Should().BeFalse();
        }

        await _world.ExecuteAsync("update segmentation.plan set editions = 2");
        var late = () => PlanStore.HoldAsync(connection, 1, CancellationToken.None);
        PlanStore.IsChanged((await late.Should().ThrowAsync<PostgresException>()).Which).Should().BeTrue();
    }

    [Fact]
    public async Task Timers_that_are_due_in_partitions_of_others_fire_before_a_swap()
    {
        await _world.SegmentAsync("recent", """{"event":"Seen","period":"last 1 hour"}""");
        await _world.ProjectAsync();
        await _world.SendAsync("a", "Seen");
        await _world.SendAsync("b", "Seen");
        await _world.ProjectAsync();
        var (entered, a) = (_world.Time.Now, Partition.Of(await _world.ContactAsync("a")));
        short[] others = [.. Partition.All.Where(partition => partition != a)];
        await _world.SegmentAsync("seen", """{"event":"Seen","period":"all time"}""");
        await ProjectAsync(others);
        await ProjectAsync(a);
        (await _world.StateAsync("seen", 1)).Should().Be("building", "only the owner of the leading partition swaps");

        _world.Time.Now = entered.AddHours(2);
        await ProjectAsync(others);

        (await _world.StateAsync("seen", 1)).Should().Be("live");
        (await _world.LedgerAsync("a")).Should().Equal("a 1 +recent:1 event", "a 2 -recent:1 clock", "a 3 +seen:1 definition");
        (await _world.ScalarAsync<DateTime>($"select at from segmentation.ledger where cause = 'clock' and contact_id = {await _world.ContactAsync("a")}")).Should().Be(entered.AddHours(1).UtcDateTime);
        await _world.AddsUpAsync();
    }

    [Fact]
    public async Task Shares_are_taken_given_back_and_left_by_those_who_die()
    {
        await using var one = await OwnerSession.EnterAsync(_world.ConnectionString);
        one.Owned.Should().Equal(Partition.All);
        var two = await OwnerSession.EnterAsync(_world.ConnectionString);
        two.Owned.Should().BeEmpty("all are owned yet");

        await one.LookAsync();
        await two.LookAsync();
        one.Owned.Should().HaveCount(8).And.Contain(Partition.Leading);
        two.Owned.Should().BeEquivalentTo(Partition.All.Except(one.Owned));

        await using (var three = await OwnerSession.EnterAsync(_world.ConnectionString))
        {
            await one.LookAsync();
            await two.LookAsync();
            await three.LookAsync();
            (one.Owned.Count, two.Owned.Count, three.Owned.Count).Should().Be((6, 6, 4));
            one.Owned.Concat(two.Owned).Concat(three.Owned).Should().BeEquivalentTo(Partition.All);
        }

        await two.DisposeAsync();
        await Eventually.BecomesAsync(async () =>
        {
            await one.LookAsync();
            return one.Owned.Count;
        }, count => count == Partition.Count, "the last one having all");
    }

    private Task<bool> ProjectAsync(params short[] partitions)
    {
        _world.Owners = [partitions];
        return _world.ProjectAsync();
    }

    /// <summary>Lets statements of a kind wait while the gate is closed.</summary>
    private Task GateAsync(string statements) => _world.ExecuteAsync($"""
        create function segmentation.gate() returns trigger language plpgsql as $$
        begin
            perform pg_advisory_xact_lock_shared({Gate});
            return new;
        end
        $$;
        create trigger gate {statements} for each row execute function segmentation.gate();
        """);

    private async Task<ClosedGate> CloseAsync() => await ClosedGate.BeginAsync(_world.Source, $"select pg_advisory_xact_lock({Gate})");

    private Task<bool> WaitingAsync() => Eventually.BecomesAsync(
        () => _world.ScalarAsync<bool>($"select exists (select from pg_locks where locktype = 'advisory' and objid = {Gate} and not granted)"), isWaiting => isWaiting, "somebody standing at the gate");

    /// <summary>Opens when it is disposed.</summary>
    private sealed class ClosedGate(NpgsqlConnection connection) : IAsyncDisposable
    {
        public static async Task<ClosedGate> BeginAsync(NpgsqlDataSource source, string sql)
        {
            var connection = await source.OpenConnectionAsync();
            await using var command = new NpgsqlCommand($"begin; {sql}", connection);
            await command.ExecuteNonQueryAsync();
            return new(connection);
        }

        public async ValueTask DisposeAsync()
        {
            await using (var command = new NpgsqlCommand("rollback", connection))
                await command.ExecuteNonQueryAsync();
            await connection.DisposeAsync();
        }
    }

    /// <summary>A replica as the locks see it: a session of its own, which looks when the test says.</summary>
    private sealed class OwnerSession(NpgsqlConnection connection, PartitionStore partitions, PassingTime time) : IAsyncDisposable
    {
        public IReadOnlyList<short> Owned => partitions.Owned;

        public static async Task<OwnerSession> EnterAsync(string database)
        {
            var (connection, time) = (new NpgsqlConnection($"{database};Pooling=false"), new PassingTime());
            await connection.OpenAsync();
            return new(connection, await PartitionStore.EnterAsync(connection, time, CancellationToken.None), time);
        }

        public Task<bool> LookAsync()
        {
            time.Passed += PartitionStore.Interval;
            return partitions.HasChangedAsync(CancellationToken.None);
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }

    private sealed class PassingTime : TimeProvider
    {
        public TimeSpan Passed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Passed.Ticks;
    }
}
