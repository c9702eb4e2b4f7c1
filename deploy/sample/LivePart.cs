using System.Globalization;
using EventSegmentation.Sample.Fitness;
using EventSegmentation.Sample.Services;

namespace EventSegmentation.Sample;

/// <summary>Plays the script: a few events a second, each at its time.</summary>
internal sealed class LivePart(IngestionClient ingestion, SentEvents sent, TimeProvider time)
{
    /// <summary>Plays until the limit or until it is cancelled, which is no error.</summary>
    /// <param name="seed">Decides the script.</param>
    /// <param name="people">Who may come back.</param>
    /// <param name="limit">How long; null for until cancelled.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How long it was.</returns>
    public async Task<TimeSpan> PlayAsync(long seed, IReadOnlyList<Person> people, TimeSpan? limit, CancellationToken cancellationToken)
    {
        var began = time.GetUtcNow();
        var started = time.GetTimestamp();
        var run = began.ToUnixTimeSeconds().ToString("x", CultureInfo.InvariantCulture);
        Person Newcomer(int number) => Person.Newcomer(seed, DateOnly.FromDateTime(began.UtcDateTime), run, number);
        try
        {
            var number = 0;
            foreach (var step in LiveScript.Steps(seed, people, Newcomer).TakeWhile(step => limit is null || step.After <= limit))
            {
                if (step.After - time.GetElapsedTime(started) is { Ticks: > 0 } wait)
                    await Task.Delay(wait, time, cancellationToken);
                var id = string.Create(CultureInfo.InvariantCulture, $"live-{seed}-{run}-{number++}");
                var e = step.Happening.At(Microseconds(time.GetUtcNow()), id);
                sent.Add(1, await ingestion.SendAsync(e, cancellationToken) ? [e] : []);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The person at the terminal has seen enough.
        }

        return time.GetElapsedTime(started);
    }

    private static DateTimeOffset Microseconds(DateTimeOffset instant) => new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
