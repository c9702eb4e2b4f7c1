using EventSegmentation.Segmentation.EventTypes;
using EventSegmentation.Segmentation.Http;
using EventSegmentation.Segmentation.Schema;
using EventSegmentation.Segmentation.Telemetry;

namespace EventSegmentation.Segmentation.Contacts;

/// <summary>What a rematch did.</summary>
/// <param name="Examined">How many unassigned events it looked at; those that were in a stream already are only dropped.</param>
/// <param name="Assigned">How many found or made their contact.</param>
/// <param name="Unassigned">How many still belong to nobody.</param>
/// <param name="Next">
/// The cursor from which to go on: where the time was over, or before the first event that another rematch or redelivery
/// had at that moment, whose work may yet fail. Null if all were looked at.
/// </param>
internal sealed record RematchAnswer(long Examined, long Assigned, long Unassigned, string? Next);

/// <summary>
/// Matches the unassigned events again, in the order in which they came. Each batch is a transaction of its own, by the
/// matcher's way, so that all rules of matching hold; two of them at once share the work.
/// </summary>
internal sealed class Rematch(PipelineDatabase database, ParameterCatalogue catalogue, RememberedContacts remembered, Metrics metrics, TimeProvider time)
{
    /// <summary>The most events that one transaction takes.</summary>
    public const int BatchSize = 500;

    /// <summary>After this time no further batch is begun, so that the call is answered before clients give up.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(25);

    private static readonly TimeSpan RacePause = TimeSpan.FromMilliseconds(20);

    /// <summary>Goes on after a position until all events that were there when it began are looked at, or until <see cref="Limit"/>.</summary>
    public async Task<RematchAnswer> RunAsync(long after, CancellationToken cancellationToken)
    {
        var matcher = new Matcher(database.Pool, catalogue, remembered, time);
        var started = time.GetTimestamp();
        var end = await matcher.LastUnassignedAsync(cancellationToken);
        var (examined, assigned, unassigned) = (0L, 0L, 0L);
        long? skipped = null;
        while (after < end)
        {
            var stepStarted = time.GetTimestamp();
            var step = await StepAsync(matcher, after, end, cancellationToken);
            skipped ??= step.Skipped;
            if (step.Examined == 0)
                break;

            metrics.Appended(new(step.Assigned, step.Examined - step.Assigned - step.Unassigned, Unassigned: 0), time.GetElapsedTime(stepStarted));
            examined += step.Examined;
            assigned += step.Assigned;
            unassigned += step.Unassigned;
            after = step.Position;
            if (after < end && time.GetElapsedTime(started) >= Limit)
                return new(examined, assigned, unassigned, PageRequest.Cursor(skipped - 1 ?? after));
        }

        return new(examined, assigned, unassigned, skipped is { } first ? PageRequest.Cursor(first - 1) : null);
    }

    private async Task<RematchStep> StepAsync(Matcher matcher, long after, long end, CancellationToken cancellationToken)
    {
        for (var races = 0; ; races++)
        {
            try
            {
                return await matcher.RematchAsync(after, end, BatchSize, cancellationToken);
            }
            catch (Exception exception) when (DatabaseFaults.IsRace(exception))
            {
                if (races == AppendQueue.MaxRaces)
                    throw new BusyException(exception);

                // Traffic was quicker; what it did is seen by the next try.
                await Task.Delay(RacePause * (races + 1), time, cancellationToken);
            }
        }
    }
}
