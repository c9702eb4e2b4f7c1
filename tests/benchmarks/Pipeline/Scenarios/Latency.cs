using EventSegmentation.Benchmarks.Pipeline.Traffic;

namespace EventSegmentation.Benchmarks.Pipeline.Scenarios;

/// <summary>
/// From sending to receiving, at shares of the rate that the firehose reached: requests of the same size, each at a time that was
/// fixed before, however long the answers take.
/// </summary>
internal static class Latency
{
    public const string Name = "latency";
    private const int Seconds = 30;
    private const int Connections = 64;
    private static readonly int[] Loads = [10, 50, 80];

    public static async Task RunAsync(PipelineSettings settings, Report report)
    {
        var firehose = Firehose.RateOf(report);
        await using var stack = await Stack.FreshAsync(settings);
        await SegmentSet.DefineAsync(stack, settings.Segments);
        await using var work = await FixedWork.StartAsync(stack, report, settings);
        await work.WarmUpAsync(new(0, settings.Contacts, EachOnce: true), settings.Contacts);

        using var sender = await Sender.OpenAsync(stack, Connections);
        foreach (var percent in Loads)
        {
            var every = TimeSpan.FromSeconds(Firehose.OfRequest / (firehose * percent / 100));
            var requests = (int)Math.Ceiling(Seconds / every.TotalSeconds);
            var stream = work.Stream($"latency-{percent}", new(0, settings.Contacts));
            var load = await OpenLoad.SendAsync(stack, work, sender, stream, requests, Firehose.OfRequest, every, static () => true);
            load.AddTo(report, Name, $"{percent} % of the firehose");
        }

        report.Add(Name, "requests sent again", sender.Repeats, "");
        await work.CheckAsync(Name, settings.Contacts);
    }
}
