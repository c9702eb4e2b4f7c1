using System.Diagnostics;
using EventSegmentation.Benchmarks.Pipeline.Traffic;

namespace EventSegmentation.Benchmarks.Pipeline;

/// <summary>
/// How long transitions took from the instant at which the event that is their cause was to be sent, whether or not it was sent in
/// time, to their receipt. In milliseconds, sorted.
/// </summary>
internal sealed class Delays
{
    private readonly double[] _sorted;

    private Delays(IEnumerable<double> milliseconds) => _sorted = [.. milliseconds.Order()];

    public int Count => _sorted.Length;

    /// <param name="sent">When each request of the stream was to be sent; 0 if it was not.</param>
    /// <param name="ofRequest">Events of one request.</param>
    /// <param name="from">Only of events that were to be sent from then on.</param>
    /// <param name="to">And up to then.</param>
    public static Delays Of(
        IEnumerable<Subscriber.Received> received, EventStream stream, long[] sent, int ofRequest, long from = 0, long to = long.MaxValue) =>
        new(received
            .Select(transition => (transition.At, Place: stream.PlaceOf(transition.CauseEventId)))
            .Where(one => one.Place >= 0)
            .Select(one => (one.At, Sent: sent[one.Place / ofRequest]))
            .Where(one => one.Sent >= from && one.Sent <= to)
            .Select(one => Stopwatch.GetElapsedTime(one.Sent, one.At).TotalMilliseconds));

    /// <summary>The delay that so many in a hundred do not exceed; 0 if there are none.</summary>
    public double At(double percent) => Count == 0 ? 0 : _sorted[Math.Min(Count - 1, (int)(Count * percent / 100))];

    public void AddTo(Report report, string scenario, string load)
    {
        report.Add(scenario, $"{load}: transitions", Count, "");
        foreach (var percent in (double[])[50, 95, 99, 99.9])
            report.Add(scenario, $"{load}: {percent} %", At(percent), "ms");
    }
}
