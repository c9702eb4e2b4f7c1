namespace EventSegmentation.Segmentation.Projection;

/// <summary>Wakes one waiter early. A signal that nobody waits for is kept, once.</summary>
internal sealed class WakeUp : IDisposable
{
    private readonly SemaphoreSlim _signal = new(0, 1);

    public void Signal()
    {
        try
        {
            _signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // One kept signal says it all.
        }
    }

    /// <summary>Returns at a signal or after the time, whichever comes first.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) =>
        atMost <= TimeSpan.Zero ? Task.CompletedTask : _signal.WaitAsync(atMost, cancellationToken);

    public void Dispose() => _signal.Dispose();
}
