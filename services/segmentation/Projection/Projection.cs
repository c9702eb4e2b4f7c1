using System.Diagnostics;
using EventSegmentation.Evaluation;
using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Ledger;
using EventSegmentation.Segmentation.Streams;
using EventSegmentation.Segmentation.Telemetry;
using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>
/// One owner's work on memberships in its partitions: follows the streams, fires timers, builds what is to serve next. Everything is
/// committed on the one connection that also holds the partitions' locks: if they are lost, so is the connection, and nothing can
/// be committed any more. Not safe for concurrent use; after any exception it must be thrown away.
/// </summary>
internal sealed class Projection : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly IReadOnlyList<short> _partitions;
    private readonly SegmentationOptions _options;
    private readonly Metrics _metrics;
    private readonly TimeProvider _time;
    private readonly StreamFollower _follower = new();
    private readonly BuildWork _build;
    private readonly Suspension _suspension;
    private ActivePlan _plan;
    private Positions _positions;
    private readonly RelayPaceStore _pace;
    private TimerPlace _timers = TimerPlace.Start;

    // No timer of these partitions falls due before; the beginning of time if that is not known.
    private DateTimeOffset _quietUntil = DateTimeOffset.MinValue;

    private Projection(NpgsqlConnection connection, BuildWork build, ProjectionTools tools, ActivePlan plan, Positions positions)
    {
        (_build, _suspension) = (build, new(connection, tools));
        _connection = connection;
        (_partitions, _options, _metrics, _time) = (tools.Partitions, tools.Options, tools.Metrics, tools.Time);
        (_plan, _positions, _pace) = (plan, positions, new(tools.Time));
    }

    /// <summary>Takes up the work where the partitions' last owners left it.</summary>
    /// <param name="connection">The one that holds the partitions' locks.</param>
    public static async Task<Projection> ResumeAsync(NpgsqlConnection connection, ProjectionTools tools, CancellationToken cancellationToken)
    {
        var positions = await CheckpointStore.ReadAsync(connection, CheckpointStore.Projector, tools.Partitions, cancellationToken);
        var plan = await PlanStore.LoadAsync(connection, cancellationToken);
        var build = new BuildWork(connection, tools);
        await build.UseAsync(plan, cancellationToken);
        return new Projection(connection, build, tools, plan, positions);
    }

    /// <summary>How many rows the ledger has gained by this.</summary>
    public long Entries { get; private set; }

    /// <summary>True if the next fact waits for the owner of another partition, who will not say when he is done.</summary>
    public bool MustWait { get; private set; }

    /// <summary>True if timers are due and wait for the relay to come along; the same.</summary>
    public bool IsClockWaiting { get; private set; }

    /// <summary>
    /// After a round: the next instant at which a timer falls due, or null. Not that of a timer whose contact has news that
    /// cannot be read yet: to look again before the news is there helps nobody.
    /// </summary>
    public DateTimeOffset? NextDue { get; private set; }

    /// <summary>One bounded round of everything. True if there may be more to do at once.</summary>
    public async Task<bool> RunOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(cancellationToken);
        }
        catch (SegmentFaultException fault)
        {
            // Rolled back; the next round evaluates all but these.
            ForgetTimers();
            return await _suspension.SuspendAsync(Suspension.Of(fault), cancellationToken);
        }
        catch (PostgresException exception) when (PlanStore.IsChanged(exception))
        {
            // Rolled back; the next round begins with the new one.
            ForgetTimers();
            return true;
        }
        catch (ContactMovedException)
        {
            ForgetTimers();
            await _build.BeginAnewAsync(cancellationToken);
            return true;
        }
    }

    public ValueTask DisposeAsync() => _build.DisposeAsync();

    // Of what is done once for all; the other owners only build.
    private bool IsLeading => _positions.Contains(Partition.Leading);

    private async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var (seen, found) = await LookAsync(cancellationToken);
        if (_plan.Faults.Count > 0)
            return await _suspension.SuspendAsync(_plan.Faults, cancellationToken);
        var news = await FollowAsync(seen, found, cancellationToken);
        var now = Now();
        var timers = news.Read > 0 && IsQuiet(now) ? 0 : await FireAsync(now, cancellationToken);
        var areTimersSeen = _timers == TimerPlace.Start && !IsClockWaiting;
        var isCaughtUp = news.Read < _options.ProjectionBatch && areTimersSeen;
        var built = await BuildAsync(isIdle: news.Read == 0 && timers == 0, isCaughtUp, cancellationToken);
        var swept = IsLeading && await _build.SweepAsync(cancellationToken);

        // What is given out later is announced when it commits.
        var hasNews = (news.Read > 0 && news.Position < news.GivenOut) || seen.IsBeforeNewGap;
        return hasNews || timers > 0 || (_timers != TimerPlace.Start && !IsClockWaiting) || built || swept;
    }

    private async Task<(NewEvents News, FoundStates? Found)> LookAsync(CancellationToken cancellationToken)
    {
        var (plan, news, found) = await PlanStore.LookAsync(_connection, _plan, _follower, _positions, _options.ProjectionBatch, cancellationToken);
        _plan = plan ?? await PlanStore.LoadAsync(_connection, cancellationToken);
        _metrics.SuspendedSegments = _plan.Suspended;
        if (plan is null)
        {
            ForgetTimers();
            await _build.UseAsync(_plan, cancellationToken);
        }

        return (await StreamFollower.WithMovesAsync(_connection, news, _positions, cancellationToken), found);
    }

    // Returns what it took in: nothing was read if it could not go on.
    private async Task<NewEvents> FollowAsync(NewEvents news, FoundStates? found, CancellationToken cancellationToken)
    {
        _metrics.ProjectionLag = news.GivenOut - news.Position;
        MustWait = news.MustWait;
        if (news.Position == _positions.First)
            return news with { Read = 0 };
        StoredEvent[] facts = [.. news.Events.Where(stored => stored.ContactId > 0)];

        await using var transaction = await _connection.BeginTransactionAsync(cancellationToken);
        using var traces = new ProjectionTraces();
        if (news.Arrivals.Count > 0)
        {
            await PlanStore.HoldAsync(_connection, _plan.Version, cancellationToken);
            await StateStore.TakeOverAsync(_connection, news.Arrivals, cancellationToken);
        }

        var contacts = await LoadAsync(facts, news.Arrivals.Count > 0 ? null : found, cancellationToken);
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

        await CommitAsync(contacts.Values, news.Position, cancellationToken);
        _metrics.Projected(facts, _time.GetUtcNow());
        if (news.Arrivals.Count > 0)
        {
            ForgetTimers();
            await _build.BeginAnewAsync(cancellationToken);
        }

        return news;
    }

    // Whom the facts are of and whom they name. What was found at the look serves unless contacts have come from other partitions since.
    private async Task<Dictionary<long, ProjectedContact>> LoadAsync(StoredEvent[] facts, FoundStates? found, CancellationToken cancellationToken)
    {
        var concerned = facts.Select(stored => stored.ContactId).ToHashSet();
        var named = facts.Select(stored => MergeFacts.Named(stored.Fact)).OfType<long>().Where(concerned.Add).ToList();

        // Whoever has an earlier fact may have a state, wherever the look did not find it: what is taken for new is written over it.
        var known = facts.DistinctBy(stored => stored.ContactId).Where(stored => stored.Version > 1).Select(stored => stored.ContactId);
        var contacts = found is null
            ? await StateStore.LoadAsync(_connection, _plan, [.. concerned], cancellationToken)
            : await StateStore.WithOthersAsync(
                _connection, _plan, found, [.. named.Concat(known).Where(contact => !found.Contacts.ContainsKey(contact))], cancellationToken);
        foreach (var newcomer in concerned.Where(contact => !contacts.ContainsKey(contact)))
            contacts.Add(newcomer, new(newcomer, _plan));
        return contacts;
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
        var (contacts, last, next) = await TimerStore.NextAsync(_connection, _partitions, _timers, now, _options.ContactBatch, cancellationToken);
        (NextDue, _quietUntil) = (next, DateTimeOffset.MinValue);
        IsClockWaiting = last != TimerPlace.Start && await _pace.IsBehindAsync(_connection, _partitions, cancellationToken);
        if (IsClockWaiting)
            return 0;
        _timers = last;
        if (contacts.Length == 0)
        {
            _quietUntil = next ?? DateTimeOffset.MaxValue;
            return 0;
        }

        var due = await StateStore.LoadAsync(_connection, _plan, contacts, cancellationToken);

        await using var transaction = await _connection.BeginTransactionAsync(cancellationToken);
        await PlanStore.HoldAsync(_connection, _plan.Version, cancellationToken);
        var caughtUp = await PassAsync(due, now, cancellationToken);
        await CommitAsync(caughtUp, position: null, cancellationToken);
        return caughtUp.Length;
    }

    // Between two looks only what is written here changes when timers fall due. A round without news looks in any case.
    private bool IsQuiet(DateTimeOffset now)
    {
        if (_timers != TimerPlace.Start || IsClockWaiting || now >= _quietUntil)
            return false;
        NextDue = _quietUntil == DateTimeOffset.MaxValue ? null : _quietUntil;
        return true;
    }

    private void ForgetTimers() => (_timers, _quietUntil) = (TimerPlace.Start, DateTimeOffset.MinValue);

    // A person's time passes only if nobody of it has news.
    private async Task<ProjectedContact[]> PassAsync(Dictionary<long, ProjectedContact> due, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var held = await StreamHold.TakeAsync(_connection, due.Values.ToDictionary(contact => contact.Id, contact => contact.StreamVersion), now, cancellationToken);
        ProjectedContact[] caughtUp = [.. due.Values.Where(contact => contact.State is not null && contact.Person.All(member => held.Contains(member.Id)))];
        await StateStore.CompleteAsync(_connection, [.. caughtUp.Where(contact => contact.NeedsHistory(now))], cancellationToken);
        foreach (var contact in caughtUp)
            contact.Pass(now);
        return caughtUp;
    }

    private async Task<bool> BuildAsync(bool isIdle, bool isCaughtUp, CancellationToken cancellationToken)
    {
        if (!_plan.IsBuilding)
            return IsLeading && _plan.IsWaiting && await _build.StartAsync(cancellationToken);

        var slice = await _build.NextAsync(isIdle, cancellationToken);
        if (slice.Length == 0)
            return !_build.IsBuilt || (IsLeading && (!isCaughtUp || await SwapAsync(cancellationToken)));
        await using var transaction = await _connection.BeginTransactionAsync(cancellationToken);
        await PlanStore.HoldAsync(_connection, _plan.Version, cancellationToken);
        await CommitAsync(await _build.SettleAsync(slice, cancellationToken), position: null, cancellationToken);
        return true;
    }

    // If it may not be yet, a timer is due whose contact has news that cannot be read yet, another owner is behind, or the plan is
    // another one by now: to try again at once would help none of them; the news wakes the owner.
    private async Task<bool> SwapAsync(CancellationToken cancellationToken)
    {
        if (!await _build.IsBuiltByAllAsync(cancellationToken))
            return false;
        var started = _time.GetUtcNow();
        await using var transaction = await _connection.BeginTransactionAsync(cancellationToken);
        if (await TrySwapAsync(cancellationToken) is not (var swap, var entries))
        {
            _build.Rest(started);
            return false;
        }

        await transaction.CommitAsync(cancellationToken);
        Entries += entries + swap.Entries;
        _build.Swapped(swap);
        return true;
    }

    private async Task<(SwapOutcome Swap, int Entries)?> TrySwapAsync(CancellationToken cancellationToken)
    {
        if (!await PlanStore.TryHoldAloneAsync(_connection, cancellationToken))
            return null;

        // Now nobody else is writing. Of many owners some would always have a timer that has just fallen due; so all that are due
        // fire here, and whoever has read one of these contacts finds another plan when he comes to write it.
        var (now, entries) = (Now(), 0);
        var (due, _, _) = await TimerStore.NextAsync(_connection, Partition.All, TimerPlace.Start, now, _options.ContactBatch, cancellationToken);
        if (due.Length > 0)
        {
            var contacts = await StateStore.LoadAsync(_connection, _plan, due, cancellationToken);
            entries = await WriteAsync(await PassAsync(contacts, now, cancellationToken), position: null, Partition.All, commit: false, cancellationToken);
        }

        return await SwapStore.ExecuteAsync(_connection, _plan.Version, _positions.First - _options.ProjectionBatch, now, cancellationToken) is { } swap
            ? (swap, entries)
            : null;
    }

    private async Task CommitAsync(IReadOnlyCollection<ProjectedContact> contacts, long? position, CancellationToken cancellationToken)
    {
        var entries = await WriteAsync(contacts, position, _partitions, commit: true, cancellationToken);
        _positions = position is { } to ? _positions.MovedTo(to) : _positions;
        Entries += entries;
    }

    private async Task<int> WriteAsync(
        IReadOnlyCollection<ProjectedContact> contacts, long? position, IReadOnlyList<short> partitions, bool commit, CancellationToken cancellationToken)
    {
        await using var store = new ProjectionStore(_connection, _plan.Version, partitions);
        if (position is { } to)
            store.MoveCheckpoints(_positions, to);
        var entries = store.Add(contacts);
        await store.ExecuteAsync(commit, cancellationToken);
        if (contacts.Min(contact => contact.State?.Due) is { } due && due < _quietUntil)
            _quietUntil = due;
        return entries;
    }

    private DateTimeOffset Now() => _time.GetUtcNow().TruncateToMicroseconds();
}
