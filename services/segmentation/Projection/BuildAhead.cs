using System.Threading.Channels;

namespace EventSegmentation.Segmentation.Projection;

/// <summary>
/// Completes states for what is being built, ahead of the projection and on a connection of its own, so that live work waits
/// for little more than the writing. A contact that moves on in the meantime is completed once more by who writes it.
/// </summary>
internal sealed class BuildAhead : IAsyncDisposable
{
    /// <summary>The most contacts in one slice: live work waits while one is written.</summary>
    public const int MaxSlice = 100;

    /// <summary>The most facts of which the histories in one slice consist, unless one contact alone has more.</summary>
    public const int MaxFacts = 10_000;

    /// <summary>The most slices that wait to be written.</summary>
    public const int MaxAhead = 8;

    private readonly Channel<ProjectedContact[]> _slices = Channel.CreateBounded<ProjectedContact[]>(MaxAhead);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;
    private Task<bool>? _ready;

    private BuildAhead(ProjectionTools tools, ActivePlan plan, int slice) => _work = Task.Run(() => ReadAsync(tools, plan, slice));

    /// <summary>Begins to read all that is behind a plan, in slices of at most <see cref="MaxSlice"/> contacts and a batch of them.</summary>
    public static BuildAhead Start(ProjectionTools tools, ActivePlan plan) => new(tools, plan, Math.Min(tools.Options.ContactBatch, MaxSlice));

    /// <summary>True if some were left behind; all is known once there are no more slices.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>Returns when a slice is ready or there are no more, at a signal, or when the patience ends.</summary>
    public async Task WaitAsync(WakeUp wakeUp, TimeSpan patience, CancellationToken cancellationToken)
    {
        _ready ??= _slices.Reader.WaitToReadAsync(_stop.Token).AsTask();
        if (_ready.IsCompleted)
            return;

        // Called off at the end, so that it takes no later signal.
        using var rest = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var news = wakeUp.WaitAsync(patience, rest.Token);
        await Task.WhenAny(_ready, news);
        await rest.CancelAsync();
        await news.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>The next slice; an empty one if none is ready, and null after the last.</summary>
    public async Task<ProjectedContact[]?> NextAsync()
    {
        if (_slices.Reader.TryRead(out var slice))
            return slice;
        _ready ??= _slices.Reader.WaitToReadAsync(_stop.Token).AsTask();
        if (!_ready.IsCompleted)
            return [];
        var mayRead = await _ready;
        _ready = null;
        return !mayRead ? null : _slices.Reader.TryRead(out slice) ? slice : [];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        _stop.Dispose();
    }

    private async Task ReadAsync(ProjectionTools tools, ActivePlan plan, int slice)
    {
        try
        {
            await using var connection = await tools.Database.OpenConnectionAsync(_stop.Token);
            for (var after = 0L; ;)
            {
                var loaded = await StateStore.LoadBehindAsync(connection, plan, tools.Partitions, after, slice, _stop.Token);
                var facts = 0L;
                ProjectedContact[] behind =
                [
                    .. loaded.Values.Where(contact => contact.IsBehindPlan).OrderBy(contact => contact.Id)
                        .TakeWhile((contact, place) => (facts += contact.Person.Sum(member => member.StreamVersion)) <= MaxFacts || place == 0),
                ];
                if (behind.Length == 0)
                    break;
                await StateStore.BuildAsync(connection, behind, _stop.Token);
                ProjectedContact[] completed = [.. behind.Where(contact => !contact.IsBehindPlan)];
                HasLeft |= completed.Length < behind.Length;
                if (completed.Length > 0)
                    await _slices.Writer.WriteAsync(completed, _stop.Token);
                after = behind.Max(contact => contact.Id);
            }

            _slices.Writer.Complete();
        }
        catch (Exception exception)
        {
            // Whoever asks for the next slice gets it.
            _slices.Writer.Complete(exception);
        }
    }
}
