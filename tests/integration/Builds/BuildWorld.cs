using EventSegmentation.IntegrationTests.Segmentation;
using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Contacts;
using EventSegmentation.Segmentation.Contacts.Erasure;
using EventSegmentation.Segmentation.Segments.Lists;
using Npgsql;

namespace EventSegmentation.IntegrationTests.Builds;

/// <summary>Changes of segments and groups over streams, with a clock that the test moves; nothing is built until the test projects.</summary>
internal sealed class BuildWorld : IAsyncDisposable
{
    private readonly MergeWorld _world;

    private BuildWorld(MergeWorld world) => _world = world;

    public SettableTime Time => _world.Time;

    public NpgsqlDataSource Source => _world.Source;

    public string ConnectionString => _world.ConnectionString;

    /// <inheritdoc cref="MergeWorld.Owners"/>
    public IReadOnlyList<IReadOnlyList<short>> Owners
    {
        get => _world.Owners;
        set => _world.Owners = value;
    }

    public static async Task<BuildWorld> CreateAsync() => new(await MergeWorld.CreateAsync());

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    /// <summary>Asks for a segment, or for its next version.</summary>
    public async Task<long> SegmentAsync(string key, string condition, bool silent = false) =>
        Accepted(await ChangeAsync(silent, async connection => ([new(await SegmentRows.SegmentAsync(connection, key, Time.Now), await SegmentRows.VersionAsync(connection, key, condition, Time.Now))], [])));

    /// <summary>Asks for a static segment.</summary>
    public async Task<ListedSegment> ListAsync(string key)
    {
        Accepted(await ChangeAsync(silent: false, async connection =>
            ([new(await SegmentRows.SegmentAsync(connection, key, Time.Now, isStatic: true), await SegmentRows.VersionAsync(connection, key, null, Time.Now))], [])));
        return (await ListStore.SegmentAsync(Source, key, CancellationToken.None))!;
    }

    /// <summary>Asks for the end of a segment.</summary>
    public async Task<BuildRequest> ArchiveAsync(string key, bool silent = false) =>
        await ChangeAsync(silent, async connection => ([new(await SegmentRows.SegmentAsync(connection, key, Time.Now), null)], []));

    /// <summary>Asks for an order of a group; without segments for its end.</summary>
    public async Task<long> GroupAsync(string group, params string[] keys) =>
        Accepted(await ChangeAsync(silent: false, async connection => ([], [await SegmentRows.GroupAsync(connection, group, keys)])));

    /// <summary>Asks for several changes at once.</summary>
    public async Task<BuildRequest> ChangeAsync(
        bool silent, Func<NpgsqlConnection, Task<(IReadOnlyCollection<SegmentChange> Segments, IReadOnlyCollection<GroupChange> Groups)>> write)
    {
        await using var connection = await Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await BuildStore.TakePlanAsync(connection, CancellationToken.None);
        var (segments, groups) = await write(connection);
        var request = await BuildStore.RequestAsync(connection, "test", silent, segments, groups, Time.Now, CancellationToken.None);
        if (request is BuildRequest.Accepted)
            await transaction.CommitAsync();
        return request;
    }

    public async Task<Cancellation> CancelAsync(long build)
    {
        await using var connection = await Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await BuildStore.TakePlanAsync(connection, CancellationToken.None);
        var cancellation = await BuildEndStore.CancelAsync(connection, build, Time.Now, CancellationToken.None);
        if (cancellation is Cancellation.Cancelled)
            await transaction.CommitAsync();
        return cancellation;
    }

    /// <summary>Records an event of a contact, which its alias names, at the clock's present instant.</summary>
    public Task SendAsync(string contact, string type, int n = 0) =>
        _world.SendAsync(SegmentationService.Event(type, new { ContactId = contact, n }, Time.Now, Guid.NewGuid().ToString()));

    /// <summary>The same, with the id of the event and when it occurred.</summary>
    public Task SendAsync(string id, string contact, string type, DateTimeOffset occurredAt, int n = 0) =>
        _world.SendAsync(SegmentationService.Event(type, new { ContactId = contact, n }, occurredAt, id));

    /// <summary>Records an event of whom its parameters name.</summary>
    public Task SendAsync(string type, object parameters) => _world.SendAsync(SegmentationService.Event(type, parameters, Time.Now, Guid.NewGuid().ToString()));

    public MergeStore Merges => _world.Merges;

    public Task<long> ContactAsync(string alias) => _world.ContactAsync(alias);

    public async Task MergeAsync(string contact, string into) => await _world.MergeAsync(await ContactAsync(contact), await ContactAsync(into));

    public async Task UnmergeAsync(string contact) => await _world.UnmergeAsync(await ContactAsync(contact));

    public async Task EraseAsync(string contact) =>
        (await new ContactEraser(Source, Time).EraseAsync(await ContactAsync(contact), "test", CancellationToken.None)).Should().BeOfType<ErasureOutcome.Done>();

    public Task<bool> ProjectAsync(int batch = 1_000, bool restarts = false, int rounds = int.MaxValue, NpgsqlDataSource? source = null) =>
        _world.ProjectAsync(batch, restarts, rounds, source);

    /// <summary>
    /// Projects in the middle of a transaction: a change is made but not committed, the projection goes on until it waits
    /// for it, then the rest is done and the transaction is committed.
    /// </summary>
    public async Task ProjectAcrossAsync(Func<NpgsqlConnection, Task> change, Func<Task>? rest = null, int batch = 1_000, int rounds = int.MaxValue)
    {
        await using var connection = await Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await change(connection);
        var projected = ProjectAsync(batch, rounds: rounds);
        await Eventually.BecomesAsync(
            () => ScalarAsync<bool>($"select exists (select from pg_stat_activity where {connection.ProcessID} = any(pg_blocking_pids(pid)))"), isHeld => isHeld, "the projection waiting for the change");
        if (rest is not null)
            await rest();
        await transaction.CommitAsync();
        await projected;
    }

    /// <summary>Where connections come from whose commands end after a second unless they say otherwise.</summary>
    public NpgsqlDataSource ImpatientSource() => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_world.ConnectionString) { CommandTimeout = 1 });

    public Task ForgetAsync() => _world.ForgetAsync();

    /// <summary>The aliases of a live segment's members, in order, in one text.</summary>
    public Task<string> MembersAsync(string key) => ScalarAsync<string>($"""
        select coalesce(string_agg(i.value, ' ' order by i.value), '') from segmentation.editions e
        join segmentation.segments s on s.id = e.segment_id and s.key = '{key}'
        join segmentation.memberships m on m.edition_id = e.id
        join segmentation.identifiers i on i.contact_id = m.contact_id and i.kind = 'contactId'
        where e.state = 'live'
        """);

    /// <summary>The ledger in the order of each contact, as <c>alias number +key:version cause</c>, a line each; those untold have the number 0.</summary>
    public async Task<string[]> LedgerAsync(string? contact = null)
    {
        await using var command = Source.CreateCommand("""
            select concat_ws(' ', i.value, coalesce(l.number, 0), case when l.entered then '+' else '-' end || s.key || ':' || l.version, l.cause)
            from segmentation.ledger l join segmentation.segments s on s.id = l.segment_id
            join segmentation.identifiers i on i.contact_id = l.contact_id and i.kind = 'contactId'
            where $1::text is null or i.value = $1
            order by i.value, l.position
            """);
        command.Parameters.Add(new() { Value = (object?)contact ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
            lines.Add(reader.GetString(0));
        return [.. lines];
    }

    /// <summary>All of the ledger but its positions, which follow the batches, and all live memberships.</summary>
    public Task<string> EverythingAsync() => ScalarAsync<string>("""
        select concat_ws(e'\n',
            (select string_agg(concat_ws(' ', contact_id, number, segment_id, version, entered, at, cause, cause_event_id, change_id), e'\n' order by contact_id, position) from segmentation.ledger),
            (select string_agg(concat_ws(' ', e.segment_id, m.contact_id, m.since), e'\n' order by e.segment_id, m.contact_id)
             from segmentation.editions e join segmentation.memberships m on m.edition_id = e.id where e.state = 'live'))
        """);

    /// <inheritdoc cref="LedgerSum.CheckAsync"/>
    public Task AddsUpAsync() => LedgerSum.CheckAsync(ScalarAsync<long>);

    /// <summary>The state of a segment's version.</summary>
    public Task<string> StateAsync(string key, int version) => ScalarAsync<string>($"""
        select v.state from segmentation.segment_versions v join segmentation.segments s on s.id = v.segment_id where s.key = '{key}' and v.version = {version}
        """);

    public Task<T> ScalarAsync<T>(string sql) => _world.ScalarAsync<T>(sql);

    public Task ExecuteAsync(string sql) => _world.ExecuteAsync(sql);

    public static long Accepted(BuildRequest request) => request.Should().BeOfType<BuildRequest.Accepted>().Which.BuildId!.Value;
}
