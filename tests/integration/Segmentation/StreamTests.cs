using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Segmentation;

public sealed class StreamTests : IAsyncLifetime
{
    private readonly StreamStore _store = new();
    private readonly StreamFollower _follower = new();
    private NpgsqlConnection _connection = null!;
    private long _position;

    public async Task InitializeAsync()
    {
        await _store.InitializeAsync();
        _connection = await _store.Source.OpenConnectionAsync();
    }

    public async Task DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task A_stream_has_versions_without_gaps_and_its_row_the_last_one()
    {
        await _store.AppendAsync(7, "a", "b");
        await _store.AppendAsync(7, "c");

        var history = await HistoryAsync(7, 3);

        history.Select(stored => stored.Version).Should().Equal(1, 2, 3);
        (await ScalarAsync<long>("select version from public.mt_streams where id = '7'")).Should().Be(3);
    }

    [Fact]
    public async Task The_same_event_twice_is_refused_by_the_store()
    {
        await _store.AppendAsync(7, "a");

        var again = () => _store.AppendAsync(8, "a");

        (await again.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.UniqueViolation);
    }

    [Fact]
    public async Task The_follower_waits_for_an_open_transaction_and_loses_nothing_of_it()
    {
        await using var slow = await _store.Source.OpenConnectionAsync();
        await using var open = await slow.BeginTransactionAsync();
        await StreamStore.AppendAsync(slow, 1, "slow");
        await _store.AppendAsync(2, "quick");

        (await FollowAsync()).Should().BeEmpty();
        (await FollowAsync()).Should().BeEmpty("the transaction is still open");
        await open.CommitAsync();

        (await FollowAsync()).Should().Equal("slow", "quick");
    }

    [Fact]
    public async Task The_follower_passes_a_gap_that_was_rolled_back()
    {
        await using (var failed = await _store.Source.OpenConnectionAsync())
        {
            await using var open = await failed.BeginTransactionAsync();
            await StreamStore.AppendAsync(failed, 1, "rolled back");
            await _store.AppendAsync(2, "kept");
            (await FollowAsync()).Should().BeEmpty();
            await open.RollbackAsync();
        }

        (await FollowAsync()).Should().Equal("kept");
    }

    [Fact]
    public async Task The_follower_passes_a_dead_gap_while_other_writers_keep_coming()
    {
        await using var failed = await _store.Source.OpenConnectionAsync();
        await using var dead = await failed.BeginTransactionAsync();
        await StreamStore.AppendAsync(failed, 1, "rolled back");
        await _store.AppendAsync(2, "kept");
        (await FollowAsync()).Should().BeEmpty();

        await using var busy = await _store.Source.OpenConnectionAsync();
        await using var open = await busy.BeginTransactionAsync();
        await StreamStore.AppendAsync(busy, 3, "later");
        await dead.RollbackAsync();

        (await FollowAsync()).Should().Equal("kept");
        await open.CommitAsync();
        (await FollowAsync()).Should().Equal("later");
    }

    [Fact]
    public async Task The_follower_passes_numbers_that_another_program_used_for_its_own_streams()
    {
        await using (var foreign = _store.Source.CreateCommand("""
            insert into public.mt_streams (id, version) values ('invoice-1', 1);
            insert into public.mt_events (seq_id, id, stream_id, version, data, type, timestamp)
            values (nextval('public.mt_events_sequence'), gen_random_uuid(), 'invoice-1', 1, '{}', 'invoice_sent', now())
            """))
            await foreign.ExecuteNonQueryAsync();
        await _store.AppendAsync(2, "ours");

        (await FollowAsync()).Should().Equal(null, "ours");
    }

    [Fact]
    public async Task Time_passes_only_for_a_contact_whose_events_are_all_seen()
    {
        await _store.AppendAsync(1, "a");
        await _store.AppendAsync(2, "b");
        var now = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        await using var transaction = await _connection.BeginTransactionAsync();
        var held = await StreamHold.TakeAsync(_connection, new Dictionary<long, long> { [1] = 1, [2] = 0 }, now, CancellationToken.None);
        await transaction.CommitAsync();

        held.Should().Equal(1L);
        await _store.AppendAsync(1, "c");
        (await HistoryAsync(1, 2))[^1].RecordedAt.Should().Be(now, "nothing is recorded before the time that has passed");
    }

    private async Task<IReadOnlyList<string?>> FollowAsync()
    {
        var news = await LookAsync();
        if (news is { Read: 0, IsBeforeNewGap: true })
            news = await LookAsync();
        _position = news.Position;
        return [.. news.Events.Select(stored => (stored.Fact as EventRecorded)?.EventId)];
    }

    private async Task<NewEvents> LookAsync()
    {
        var positions = Positions.At(Partition.All, _position);
        await using var batch = new NpgsqlBatch(_connection);
        _follower.AddTo(batch, positions, limit: 100);
        await using var reader = await batch.ExecuteReaderAsync();
        return await _follower.ReadAsync(reader, positions, CancellationToken.None);
    }

    private async Task<List<StoredEvent>> HistoryAsync(long contact, long version)
    {
        var history = new List<StoredEvent>();
        await foreach (var stored in StreamHistory.ReadAsync(_connection, [new(contact, version)], CancellationToken.None))
            history.Add(stored);
        return history;
    }

    private async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _store.Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
