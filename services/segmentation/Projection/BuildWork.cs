using EventSegmentation.Segmentation.Builds;
using EventSegmentation.Segmentation.Streams;
using Npgsql;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>
/// An owner's part in builds: starts what waits, hands out completed contacts to be written, sweeps what has ended, and says
/// how it goes. States: nothing to do → waiting → running → all built → swapped; every step but a slice changes the plan.
/// </summary>
internal sealed partial class BuildWork(NpgsqlConnection connection, ProjectionTools tools) : IAsyncDisposable
{
    /// <summary>How long a round that has nothing else to do waits for the next slice or for news; a timer may be as late.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(25);

    /// <summary>How many times as long as it took others are left alone after they have been looked at or held up.</summary>
    public const int LookRest = 10;

    private const int Tenths = 10;

    private readonly ILogger _logger = tools.Logger;

    private ActivePlan? _plan;
    private BuildAhead? _ahead;
    private BuildProgress _progress = new(0, 0, 0, default);
    private bool _maySweep;
    private bool _hasLeft;
    private bool _isBuiltByAll;
    private DateTimeOffset _nextLook;

    /// <summary>True once every state of the own partitions is complete for what is being built, but of those that were left behind.</summary>
    public bool IsBuilt { get; private set; }

    /// <summary>Goes over to a plan. What was read ahead for another is dropped; what was written stays.</summary>
    public async Task UseAsync(ActivePlan plan, CancellationToken cancellationToken)
    {
        await StopAsync();
        (_plan, IsBuilt, _maySweep, _isBuiltByAll, _hasLeft) = (plan, false, true, false, false);
        _progress = plan.IsBuilding ? await BuildProgressStore.ReadAsync(connection, cancellationToken) : new(0, 0, 0, default);
        tools.Metrics.Building(_progress);
        if (!plan.IsBuilding)
            return;
        if (_progress.Built > 0)
            LogResumed(_progress.Built, _progress.ToBuild);
        // What only ends is not built: no contact is looked at.
        IsBuilt = plan.Editions.Values.All(edition => edition.IsLive);
        if (IsBuilt)
            return;
        _ahead = BuildAhead.Start(tools, plan);
    }

    /// <summary>Begins to look anew for what is behind: contacts have come from another partition, or what was completed could not be written.</summary>
    public Task BeginAnewAsync(CancellationToken cancellationToken) => _plan is { IsBuilding: true } plan ? UseAsync(plan, cancellationToken) : Task.CompletedTask;

    /// <summary>
    /// True once every state of all partitions is complete, which stays so while the plan does. Other owners are not asked: what
    /// counts is what is stored. False also while there is to be rest after the last look or <see cref="Rest"/>.
    /// </summary>
    public async Task<bool> IsBuiltByAllAsync(CancellationToken cancellationToken)
    {
        var started = tools.Time.GetUtcNow();
        if (!IsBuilt || started < _nextLook)
            return false;
        if (_isBuiltByAll || (tools.Partitions.Count == Partition.Count && !_hasLeft))
            return true;
        _isBuiltByAll = !await StateStore.IsAnyBehindAsync(connection, _plan!, cancellationToken);
        if (!_isBuiltByAll)
            Rest(started);
        return _isBuiltByAll;
    }

    /// <summary>Lets other owners work before all of them are looked at again, or held up, as now since an instant.</summary>
    public void Rest(DateTimeOffset since)
    {
        var now = tools.Time.GetUtcNow();
        if (tools.Partitions.Count < Partition.Count || _hasLeft)
            _nextLook = now + (LookRest * (now - since));
    }

    /// <summary>Starts what waits, in a transaction of its own; true if something did.</summary>
    public async Task<bool> StartAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await PlanStore.TryHoldAloneAsync(connection, cancellationToken))
            return false;
        if (await BuildStartStore.StartAsync(connection, Now(), cancellationToken) is not { } start)
            return false;
        await transaction.CommitAsync(cancellationToken);
        LogStarted(start.Builds.Count, start.Editions, start.ToBuild);
        return true;
    }

    /// <summary>The next contacts that were completed; none if none are ready, or if <see cref="IsBuilt"/>.</summary>
    /// <param name="isIdle">True if there is time to wait until some are ready.</param>
    public async Task<ProjectedContact[]> NextAsync(bool isIdle, CancellationToken cancellationToken)
    {
        if (_ahead is null)
            return [];
        if (isIdle)
            await _ahead.WaitAsync(tools.WakeUp, Patience, cancellationToken);
        var slice = await _ahead.NextAsync();
        IsBuilt = slice is null;
        if (IsBuilt)
        {
            _hasLeft |= _ahead.HasLeft;
            await StopAsync();
        }

        return slice ?? [];
    }

    /// <summary>
    /// What is to be written of a slice, in the caller's transaction: those that stand as they were read, and the others
    /// read and completed anew.
    /// </summary>
    public async Task<IReadOnlyCollection<ProjectedContact>> SettleAsync(ProjectedContact[] slice, CancellationToken cancellationToken)
    {
        var unmoved = await StateStore.UnmovedAsync(connection, slice, cancellationToken);
        long[] moved = [.. slice.Select(contact => contact.Id).Where(contact => !unmoved.Contains(contact))];
        var built = slice.Where(contact => unmoved.Contains(contact.Id)).ToList();
        if (moved.Length > 0)
        {
            var loaded = await StateStore.LoadAsync(connection, _plan!, moved, cancellationToken);
            ProjectedContact[] behind = [.. loaded.Values.Where(contact => contact.IsBehindPlan && tools.Partitions.Contains(contact.Partition))];
            await StateStore.BuildAsync(connection, behind, cancellationToken);
            built.AddRange(behind.Where(contact => !contact.IsBehindPlan));
            _hasLeft |= behind.Any(contact => contact.IsBehindPlan);
        }

        Report(await BuildProgressStore.NoteAsync(connection, slice.Length, cancellationToken));
        tools.Metrics.Built(slice.Length);
        return built;
    }

    /// <summary>Says what a swap did.</summary>
    public void Swapped(SwapOutcome swap)
    {
        var taken = Now() - _progress.Started;
        LogSwapped(swap.Builds, swap.Entries, taken);
    }

    /// <summary>Deletes some of what has ended; true if there may be more. What is left while others write, a later round takes.</summary>
    public async Task<bool> SweepAsync(CancellationToken cancellationToken)
    {
        if (!_maySweep || await BuildProgressStore.SweepAsync(connection, cancellationToken))
            return _maySweep;
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await PlanStore.TryHoldAloneAsync(connection, cancellationToken))
            return false;
        _maySweep = await BuildProgressStore.EndAsync(connection, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return _maySweep;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task StopAsync()
    {
        if (_ahead is { } ahead)
            await ahead.DisposeAsync();
        _ahead = null;
    }

    private DateTimeOffset Now() => tools.Time.GetUtcNow().TruncateToMicroseconds();

    private void Report(BuildProgress progress)
    {
        var step = Step(progress);
        if (step > Step(_progress))
            LogProgress(step, progress.ToBuild);
        _progress = progress;
        tools.Metrics.Building(progress);
    }

    private static long Step(BuildProgress progress) => progress.ToBuild == 0 ? 0 : progress.Built * Tenths / progress.ToBuild;

    [LoggerMessage(Level = LogLevel.Information, Message = "Building: {Builds} builds make {Editions} segments anew over {Contacts} contacts")]
    private partial void LogStarted(int builds, int editions, long contacts);

    [LoggerMessage(Level = LogLevel.Information, Message = "Building goes on: {Built} of {Contacts} contacts are built")]
    private partial void LogResumed(long built, long contacts);

    [LoggerMessage(Level = LogLevel.Information, Message = "Building: {Tenths} tenths of {Contacts} contacts are built")]
    private partial void LogProgress(long tenths, long contacts);

    [LoggerMessage(Level = LogLevel.Information, Message = "Swapped {Builds} builds: {Entries} rows of the ledger, {Taken} after the start")]
    private partial void LogSwapped(int builds, int entries, TimeSpan taken);
}
