using EventSegmentation.Fuzzing;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>Sends the inputs of a run, some at a time.</summary>
internal static class FuzzWorkers
{
    /// <summary>For inputs that take the service's own time to answer.</summary>
    public const int Few = 6;

    /// <summary>For inputs that mostly wait for a disk.</summary>
    public const int Many = 32;

    /// <param name="send">Sends one input, by its number, over the connection of its worker.</param>
    /// <param name="open">Opens what a worker keeps for itself.</param>
    /// <param name="atOnce">How many are under way at one time.</param>
    public static Task RunAsync<T>(FuzzRun run, int atOnce, Func<T> open, Func<T, int, Task> send)
        where T : IDisposable => Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(async () =>
        {
            using var kept = open();
            while (run.TryNext(out var number))
                await send(kept, number);
        })));
}
