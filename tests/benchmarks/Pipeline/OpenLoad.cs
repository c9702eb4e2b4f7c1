using EventSegmentation.Benchmarks.Pipeline.Traffic;

namespace EventSegmentation.Benchmarks.Pipeline;

/// <summary>Live traffic at a rate that was fixed before, and its delays.</summary>
internal static class OpenLoad
{
    /// <summary>Returns the delays when the last transition has been received.</summary>
    /// <param name="goesOn">False ends it early.</param>
    public static async Task<Delays> SendAsync(
        Stack stack, FixedWork work, Sender sender, EventStream stream, int requests, int ofRequest, TimeSpan every, Func<bool> goesOn)
    {
        var ready = new RequestMaker(stack).Batches(stream, requests * ofRequest, ofRequest);
        var ledger = await work.Arrival.LedgerEndAsync();
        var sent = await sender.SendEveryAsync(ready, every, goesOn);
        work.Note(stream, sent.Length * ofRequest);
        var end = await work.Arrival.WaitAsync(work.Sent);
        return Delays.Of(work.Subscriber.Of(ledger, end), stream, sent, ofRequest);
    }
}
