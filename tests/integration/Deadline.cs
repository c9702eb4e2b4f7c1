namespace EventSegmentation.IntegrationTests;

/// <summary>Waiting for something that the outside does not announce.</summary>
public static class Deadline
{
    /// <summary>Long enough for a slow machine; what is waited for comes much sooner.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(60);

    /// <summary>Asks until the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not within <see cref="Default"/>.</exception>
    public static Task UntilAsync(string what, Func<Task<bool>> condition) => Eventually.BecomesAsync(condition, holds => holds, what, Default);

    /// <summary>The result, if it comes in time.</summary>
    /// <exception cref="TimeoutException">It did not come within <see cref="Default"/>.</exception>
    public static Task<T> InTimeAsync<T>(this Task<T> task) => task.WaitAsync(Default);
}
