namespace EventSegmentation.Ingestion.Calls;

/// <summary>Bounds the bytes of all requests that are read or wait for the broker. Safe for concurrent use.</summary>
internal sealed class ByteBudget(IngestionOptions options)
{
    private long _taken;

    /// <summary>True if there was room; then the bytes must be given back.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= options.MaxWaitingBytes)
            return true;
        GiveBack(bytes);
        return false;
    }

    public void GiveBack(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
