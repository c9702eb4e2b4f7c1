using EventSegmentation.IntegrationTests.Broker;
using EventSegmentation.IntegrationTests.EndToEnd;

namespace EventSegmentation.IntegrationTests.Chaos;

/// <summary>One process of a service, with lines to its servers that can be disturbed, and a clock that can be moved.</summary>
/// <param name="Name">As the journal calls it.</param>
/// <param name="Lines">By the name of the server at the other end.</param>
/// <param name="Clock">Moves the process's clock; null where that cannot be done.</param>
internal sealed record StagedService(string Name, ServiceProcess Process, IReadOnlyDictionary<string, CuttableProxy> Lines, MovedClock? Clock) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        // A paused process can be killed as well.
        await Process.DisposeAsync();
        foreach (var line in Lines.Values)
            await line.DisposeAsync();
        Clock?.Dispose();
    }
}
