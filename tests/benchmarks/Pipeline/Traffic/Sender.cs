using System.Diagnostics;

namespace EventSegmentation.Benchmarks.Pipeline.Traffic;

/// <summary>Sends requests to ingestion over some kept connections. What is answered 429 or 503 is sent again, as the answer asks; anything else but 202 ends the run.</summary>
internal sealed class Sender : IDisposable
{
    private static readonly TimeSpan AskedPause = TimeSpan.FromSeconds(1);

    private readonly KeptConnection[] _connections;
    private int _repeats;

    private Sender(KeptConnection[] connections) => _connections = connections;

    /// <summary>How often a request had to be sent again.</summary>
    public int Repeats => _repeats;

    public static async Task<Sender> OpenAsync(Stack stack, int connections) =>
        new(await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => KeptConnection.OpenAsync(stack.Ingestion))));

    /// <summary>As fast as ingestion answers.</summary>
    public Task SendAsync(IReadOnlyList<ReadyRequest> requests) => SendAsync(requests, _ => Task.FromResult(true));

    /// <summary>
    /// Each at its time, whether or not earlier ones have been answered, as far as the connections go; returns the times at which
    /// they were to be sent, from which delays are counted.
    /// </summary>
    /// <param name="every">From one request to the next.</param>
    /// <param name="goesOn">False ends it early; the times of those not sent are 0.</param>
    public async Task<long[]> SendEveryAsync(IReadOnlyList<ReadyRequest> requests, TimeSpan every, Func<bool>? goesOn = null)
    {
        var started = Stopwatch.GetTimestamp();
        var times = new long[requests.Count];
        await SendAsync(requests, async i =>
        {
            if (goesOn is not null && !goesOn())
                return false;
            times[i] = started + (long)(i * every.TotalSeconds * Stopwatch.Frequency);
            var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), times[i]);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait);
            return true;
        });
        return times;
    }

    public void Dispose() => Array.ForEach(_connections, connection => connection.Dispose());

    private async Task SendAsync(IReadOnlyList<ReadyRequest> requests, Func<int, Task<bool>> ready)
    {
        var next = -1;
        await Task.WhenAll(_connections.Select(connection => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < requests.Count && await ready(i);)
                await SendAsync(connection, requests[i]);
        })));
    }

    private async Task SendAsync(KeptConnection connection, ReadyRequest request)
    {
        int status;
        while ((status = await connection.SendAsync(request.Bytes)) is 429 or 503)
        {
            Interlocked.Increment(ref _repeats);
            await Task.Delay(AskedPause);
        }

        if (status != 202)
            throw new InvalidOperationException($"Ingestion answered {status}.");
    }
}
