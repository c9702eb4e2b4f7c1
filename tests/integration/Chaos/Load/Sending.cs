namespace EventSegmentation.IntegrationTests.Chaos.Load;

/// <summary>How senders behave, over HTTP and over AMQP alike.</summary>
/// <param name="Findings">Takes answers that must not come, whatever breaks.</param>
internal sealed record Sending(EventMaker Maker, AcceptedEvents Accepted, Findings Findings)
{
    /// <summary>How long a sender waits for an answer.</summary>
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    /// <summary>How long it rests before it sends the same again.</summary>
    public static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);

    private const int MaxBatch = 30;
    private const int GivesUpOnceIn = 4;
    private const int RepeatsOnceIn = 15;

    /// <summary>
    /// Sends one request after the other until it is told to stop. One that got no answer, or a refusal, is mostly sent again with the same
    /// ids until it is accepted, and sometimes given up; some that were accepted are sent once more.
    /// </summary>
    /// <param name="every">From one request to the next, on the average.</param>
    /// <param name="sendAsync">One attempt; true if all of it was accepted.</param>
    public async Task RunAsync(Random random, TimeSpan every, Func<IReadOnlyList<SentEvent>, Task<bool>> sendAsync, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(every * (2 * random.NextDouble()), CancellationToken.None);
            var events = Enumerable.Range(0, random.Next(3) == 0 ? 1 : random.Next(1, MaxBatch)).Select(_ => Maker.Next()).ToArray();
            Accepted.Send(events);
            while (!await sendAsync(events))
            {
                if (random.Next(GivesUpOnceIn) == 0 || stop.IsCancellationRequested)
                    break;
                await Task.Delay(RetryPause, CancellationToken.None);
            }

            if (random.Next(RepeatsOnceIn) == 0)
                await sendAsync(events);
        }
    }
}
