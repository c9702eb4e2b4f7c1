using EventSegmentation.Fuzzing;

namespace EventSegmentation.IntegrationTests.Fuzzing;

/// <summary>Sends the inputs of a run, some at a time.</summary>
internal static class FuzzWorkers
{
    private const int AtOnce = 6;

    /// <param name="send">Sends one input, by its number, over the connection of its worker.</param>
    /// <param name="open">Opens what a worker keeps for itself.</param>
    public static Task RunAsync<T>(FuzzRun run, Func<T> open, Func<T, int, Task> send)
        where T : IDisposable => Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => Task.Run(async () =>
        {
            using var kept = open();
            while (run.TryNext(out var number))
                await send(kept, number);
        })));
}
