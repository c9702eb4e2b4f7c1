using System.Diagnostics;
using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Streams;
using EventSegmentation.Segmentation.Telemetry;
using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>
/// One owner's work on memberships: follows the streams, fires timers, builds what is to serve next. Everything is committed on
/// the one connection that also holds the owner's lock: if the lock is lost, so is the connection, and nothing can be
/// committed any more. Not safe for concurrent use; after any exception it must be thrown away.
/// </summary>
internal sealed class Projection : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly SegmentationOptions _options;
    private readonly Metrics _metrics;
    private readonly TimeProvider _time;
    private readonly StreamFollower _follower = new();
    private readonly BuildWork _build;
    private ActivePlan _plan;
    private long _position;
    private long _ledgerEnd;
    private TimerPlace _timers = TimerPlace.Start;
    private DateTimeOffset _firedUpTo = DateTimeOffset.MinValue;

    private Projection(NpgsqlConnection connection, BuildWork build, ProjectionTools tools, ActivePlan plan)
    {
        _build = build;
        _connection = connection;
        (_options, _metrics, _time) = (tools.Options, tools.Metrics, tools.Time);
        _plan = plan;
    }

    /// <summary>Takes up the work where the last owner left it.</summary>
    /// <param name="connection">The one that holds the owner's lock.</param>
    public static async Task<Projection> ResumeAsync(NpgsqlConnection connection, ProjectionTools tools, CancellationToken cancellationToken)
    {
        var plan = await PlanStore.LoadAsync(connection, known: null, cancellationToken);
        var build = new BuildWork(connection, tools);
        await build.UseAsync(plan, cancellationToken);
        return new Projection(connection, build, tools, plan)
        {
            _position = await CheckpointStore.ReadAsync(connection, ProjectionStore.Checkpoint, cancellationToken),
            _ledgerEnd = await LedgerStore.EndAsync(connection, cancellationToken),
        };
    }

    /// <summary>The last position of the ledger.</summary>
    public long LedgerEnd => _ledgerEnd;

    /// <summary>One bounded round of everything. True if there may be more to do at once.</summary>
    public async Task<bool> RunOnceAsync(CancellationToken cancellationToken)
    {
        await RefreshPlanAsync(cancellationToken);
        var events = await FollowAsync(cancellationToken);
        var now = _time.GetUtcNow().TruncateToMicroseconds();
        var timers = await FireAsync(now, cancellationToken);
        var areTimersSeen = _timers == TimerPlace.Start;
        var isCaughtUp = events < _options.ProjectionBatch && areTimersSeen;
        var built = await BuildAsync(isIdle: events == 0 && timers == 0, isCaughtUp, now, cancellationToken);
        var swept = await _build.SweepAsync(cancellationToken);
        return events > 0 || timers > 0 || !areTimersSeen || built || swept;
    }

    /// <summary>
    /// The next instant at which a timer falls due, or null. Not that of a timer whose contact has news that cannot be read
    /// yet: to look again before the news is there helps nobody.
    /// </summary>
    public Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken) => TimerStore.NextDueAsync(_connection, _firedUpTo, cancellationToken);

    public ValueTask DisposeAsync() => _build.DisposeAsync();

    private async Task RefreshPlanAsync(CancellationToken cancellationToken)
    {
        var plan = await PlanStore.LoadAsync(_connection, _plan, cancellationToken);
        var isSame = plan.Version == _plan.Version;
        _plan = plan;
        if (isSame)
            return;
        await _build.UseAsync(plan, cancellationToken);
    }

    private async Task<int> FollowAsync(CancellationToken cancellationToken)
    {
        var news = await _follower.ReadAsync(_connection, _position, _options.ProjectionBatch, cancellationToken);
        _metrics.ProjectionLag = news.GivenOut - news.Position;
        if (news.Position == _position)
            return 0;
        StoredEvent[] facts = [.. news.Events.Where(stored => stored.ContactId > 0)];

        await using var transaction = await _connection.BeginTransactionAsync(cancellationToken);
        using var traces = new ProjectionTraces();
        long[] concerned = [.. facts.Select(stored => stored.ContactId).Concat(facts.Select(stored => MergeFacts.Named(stored.Fact)).OfType<long>()).Distinct()];
        var contacts = await StateStore.LoadAsync(_connection, _plan, concerned, cancellationToken);
        foreach (var newcomer in concerned.Where(contact => !contacts.ContainsKey(contact)))
            contacts.Add(newcomer, new(newcomer, _plan));
        await StateStore.RecallAsync(_connection, contacts, facts, cancellationToken);
        foreach (var stored in facts)
        {
            var contact = contacts[stored.ContactId];
            await StateStore.CompleteAsync(_connection, [.. contact.NeedingHistory(stored, contacts)], cancellationToken);
            contact.Apply(traces.Continue(stored), contacts);
            await RebuildAsync(contact, cancellationToken);
            if (MergeFacts.Named(stored.Fact) is { } other)
                await RebuildAsync(contacts[other], cancellationToken);
        }

        await CommitAsync(transaction, contacts.Values, news.Position, cancellationToken);
        _metrics.Projected(facts, _time.GetUtcNow());
        return news.Events.Count;
    }

    private async Task RebuildAsync(ProjectedContact contact, CancellationToken cancellationToken)
    {
        if (contact.Root.MustBeRebuilt)
            await StateStore.RebuildAsync(_connection, contact.Root, cancellationToken);
    }

    // Goes on behind those it has looked at: contacts with news that cannot be read yet do not keep others waiting, however
    // many they are. At the end it begins anew.
    private async Task<int> FireAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        (var contacts, _timers) = await TimerStore.NextAsync(_connection, _timers, now, _options.ContactBatch, cancellationToken);
        _firedUpTo = now;
        if (contacts.Length == 0)
            return 0;
        var due = await StateStore.LoadAsync(_connection, _plan, contacts, cancellationToken);

        await using var transaction = await _connection.BeginTransactionAsync(cancellationToken);
        // A person's time passes only if nobody of it has news.
        var held = await StreamHold.TakeAsync(_connection, due.Values.ToDictionary(contact => contact.Id, contact => contact.StreamVersion), now, cancellationToken);
        ProjectedContact[] caughtUp = [.. due.Values.Where(contact => contact.State is not null && contact.Person.All(member => held.Contains(member.Id)))];
        await StateStore.CompleteAsync(_connection, [.. caughtUp.Where(contact => contact.NeedsHistory(now))], cancellationToken);
        foreach (var contact in caughtUp)
            contact.Pass(now);
        await CommitAsync(transaction, caughtUp, position: null, cancellationToken);
        return caughtUp.Length;
    }

    private async Task<bool> BuildAsync(bool isIdle, bool isCaughtUp, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!_plan.IsBuilding)
            return _plan.IsWaiting && await _build.StartAsync(cancellationToken);

        var slice = await _build.NextAsync(isIdle, cancellationToken);
        if (slice.Length == 0)
            return !_build.IsBuilt || !isCaughtUp || await SwapAsync(now, cancellationToken);
        await using var transaction = await _connection.BeginTransactionAsync(cancellationToken);
        await CommitAsync(transaction, await _build.SettleAsync(slice, cancellationToken), position: null, cancellationToken);
        return true;
    }

    // If it may not be yet, a timer is due whose contact has news that cannot be read yet, or the plan is another one by now:
    // to try again at once would help neither; the news wakes the owner.
    private async Task<bool> SwapAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var transaction = await _connection.BeginTransactionAsync(cancellationToken);
        if (await SwapStore.ExecuteAsync(_connection, _plan.Version, _ledgerEnd, _position, now, cancellationToken) is not { } swap)
            return false;
        await transaction.CommitAsync(cancellationToken);
        _ledgerEnd += swap.Entries;
        _build.Swapped(swap);
        return true;
    }

    private async Task CommitAsync(
        NpgsqlTransaction transaction, IReadOnlyCollection<ProjectedContact> contacts, long? position, CancellationToken cancellationToken)
    {
        await using var commit = new ProjectionStore(_connection);
        if (position is { } to)
            commit.MoveCheckpoint(_position, to);
        var ledgerEnd = commit.Add(contacts, _ledgerEnd);
        await commit.ExecuteAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        _position = position ?? _position;
        _ledgerEnd = ledgerEnd;
    }
}
