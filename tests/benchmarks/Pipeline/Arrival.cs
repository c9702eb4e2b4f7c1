using System.Diagnostics;

namespace EventSegmentation.Benchmarks.Pipeline;

/// <summary>Waits until what was sent has come out at the other end.</summary>
internal sealed class Arrival(Stack stack, Subscriber subscriber)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestStandstill = TimeSpan.FromMinutes(2);

    /// <summary>Where the ledger ends now.</summary>
    public Task<long> LedgerEndAsync() => stack.ScalarAsync("select max(position) from segmentation.ledger");

    /// <summary>
    /// Returns when so many events are stored in all, the projection has followed the streams to their end, and every
    /// transition up to where the ledger ended then has been received; with that end.
    /// </summary>
    /// <exception cref="TimeoutException">Nothing has moved for two minutes.</exception>
    public async Task<long> WaitAsync(long stored)
    {
        await UntilAsync(() => stack.ScalarAsync("select sum(events)::bigint from segmentation.event_types"), stored, "events are stored");
        var streams = await stack.ScalarAsync("select max(seq_id) from public.mt_events");
        await UntilAsync(() => stack.ScalarAsync("select min(position) from segmentation.checkpoints where name = 'projector'"), streams, "places of the streams are projected");
        var ledger = await LedgerEndAsync();
        await UntilAsync(() => Task.FromResult(ledger - subscriber.Missing(ledger)), ledger, "transitions are received");
        return ledger;
    }

    private static async Task UntilAsync(Func<Task<long>> figure, long wanted, string what)
    {
        var (last, moved) = (-1L, Stopwatch.GetTimestamp());
        for (long now; (now = await figure()) < wanted; await Task.Delay(Look))
        {
            if (now != last)
                (last, moved) = (now, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(moved) > LongestStandstill)
                throw new TimeoutException($"{now:N0} of {wanted:N0} {what}, and nothing has moved for {LongestStandstill.TotalMinutes} minutes.");
        }
    }
}
