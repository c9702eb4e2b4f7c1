namespace EventSegmentation.IntegrationTests;

/// <summary>Waits for something that another process does.</summary>
internal static class Eventually
{
    /// <summary>The longest that a test waits for anything that ought to happen at once.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    /// <summary>Returns the first value that is accepted; throws with the last one after <see cref="Limit"/>.</summary>
    public static async Task<T> BecomesAsync<T>(Func<Task<T>> look, Func<T, bool> isAccepted, string what, TimeSpan? limit = null)
    {
        using var deadline = new CancellationTokenSource(limit ?? Limit);
        using var timer = new PeriodicTimer(Interval);
        while (true)
        {
            var value = await look();
            if (isAccepted(value))
                return value;
            try
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{what} did not happen within {limit ?? Limit}; the last value was {value}.");
            }
        }
    }
}
