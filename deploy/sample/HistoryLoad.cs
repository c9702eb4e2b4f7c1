using EventSegmentation.Sample.Fitness;
using EventSegmentation.Sample.Segments;
using EventSegmentation.Sample.Services;
using EventSegmentation.Sample.Show;

namespace EventSegmentation.Sample;

/// <summary>Imports the history, and waits until the segments include it.</summary>
internal sealed class HistoryLoad(Terminal terminal, IngestionClient ingestion, SegmentationClient segmentation, SentEvents sent, TimeProvider time)
{
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CatchUpLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan PollPause = TimeSpan.FromMilliseconds(300);

    /// <summary>So many looks in a row must show the same sizes.</summary>
    private const int QuietPolls = 4;

    public async Task SendAsync(IReadOnlyList<FitnessEvent> history, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var told = TimeSpan.Zero;
        var done = 0;
        foreach (var batch in history.Chunk(IngestionClient.MaxEvents))
        {
            sent.Add(batch.Length, await ingestion.SendPastAsync(batch, cancellationToken));
            done += batch.Length;
            var elapsed = time.GetElapsedTime(started);
            if (elapsed - told < ProgressEvery && done < history.Count)
                continue;
            told = elapsed;
            terminal.Line($"  {Wording.Number(done),8} of {Wording.Number(history.Count)} sent, {Wording.Number((long)(done / elapsed.TotalSeconds))} events/s");
        }
    }

    /// <summary>
    /// Returns when every segment is live, all that was accepted is kept, and the sizes have come to rest; with the
    /// segments as they are then.
    /// </summary>
    /// <exception cref="SampleFault">It takes too long.</exception>
    public async Task<IReadOnlyList<SegmentAnswer>> CatchUpAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var sizes = Array.Empty<long>();
        for (var quiet = 0; ;)
        {
            var segments = new List<SegmentAnswer>();
            foreach (var segment in SampleSegments.All)
                segments.Add(await segmentation.SegmentAsync(segment.Key, cancellationToken));
            var kept = await segmentation.EventsKeptAsync(Happenings.Types, cancellationToken);
            var building = segments.Where(segment => segment.State != "live").Select(segment => segment.Key).ToList();
            var latest = segments.Select(segment => segment.Size).ToArray();
            quiet = building.Count == 0 && kept >= sent.Accepted && latest.SequenceEqual(sizes) ? quiet + 1 : 0;
            sizes = latest;
            if (quiet >= QuietPolls)
            {
                terminal.Line($"  the segments include it after {Wording.Duration(time.GetElapsedTime(started))} more");
                return segments;
            }

            if (time.GetElapsedTime(started) > CatchUpLimit)
            {
                throw new SampleFault(
                    $"After {CatchUpLimit.TotalSeconds} s {Wording.Number(kept)} of {Wording.Number(sent.Accepted)} events are kept"
                    + (building.Count > 0 ? $" and {string.Join(", ", building)} not live" : "")
                    + ". The log of segmentation lies in .run/logs.");
            }

            await Task.Delay(PollPause, time, cancellationToken);
        }
    }
}
