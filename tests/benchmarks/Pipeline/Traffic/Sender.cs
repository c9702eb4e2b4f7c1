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
    public Task SendAsync(IReadOnlyList<ReadyRequest> requests) => SendAsync(requests, static () => true, static _ => Task.CompletedTask);

    /// <summary>
    /// Each at its time, whether or not earlier ones have been answered, as far as the connections go. Returns the times at which
    /// those that were sent were to be sent, from which delays are counted.
    /// </summary>
    /// <param name="every">From one request to the next.</param>
    /// <param name="goesOn">False ends it early.</param>
    public async Task<long[]> SendEveryAsync(IReadOnlyList<ReadyRequest> requests, TimeSpan every, Func<bool> goesOn)
    {
        var started = Stopwatch.GetTimestamp();
        var sent = await SendAsync(requests, goesOn, async i =>
        {
            var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), TimeOf(i));
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait);
        });
        return [.. Enumerable.Range(0, sent).Select(TimeOf)];

        long TimeOf(int i) => started + (long)(i * every.TotalSeconds * Stopwatch.Frequency);
    }

    public void Dispose() => Array.ForEach(_connections, connection => connection.Dispose());

    // Returns how many were sent: always the first of them.
    private async Task<int> SendAsync(IReadOnlyList<ReadyRequest> requests, Func<bool> goesOn, Func<int, Task> until)
    {
        var (gate, given, ended) = (new Lock(), 0, false);
        await Task.WhenAll(_connections.Select(connection => Task.Run(async () =>
        {
            while (Next() is { } i)
            {
                await until(i);
                await SendAsync(connection, requests[i]);
            }
        })));
        return given;

        int? Next()
        {
            lock (gate)
            {
                ended = ended || given == requests.Count || !goesOn();
                return ended ? null : given++;
            }
        }
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
