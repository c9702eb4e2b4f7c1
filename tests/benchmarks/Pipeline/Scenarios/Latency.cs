using EventSegmentation.Benchmarks.Pipeline.Traffic;

namespace EventSegmentation.Benchmarks.Pipeline.Scenarios;

/// <summary>
/// From sending to receiving, at shares of the rate that the firehose reached: small requests, and at one share such as the
/// firehose's, each at a time that was fixed before, however long the answers take.
/// </summary>
internal static class Latency
{
    public const string Name = "latency";
    private const int Seconds = 30;
    private const int Connections = 64;
    private const int Small = 10;
    private static readonly (int Percent, int OfRequest)[] Loads = [(10, Small), (50, Small), (80, Small), (50, Firehose.OfRequest)];

    public static async Task RunAsync(PipelineSettings settings, Report report)
    {
        var firehose = Firehose.RateOf(report);
        await using var stack = await Stack.FreshAsync(settings);
        await SegmentSet.DefineAsync(stack, settings.Segments);
        await using var work = await FixedWork.StartAsync(stack, report, settings);
        await work.WarmUpAsync(new(0, settings.Contacts, EachOnce: true), settings.Contacts);

        using var sender = await Sender.OpenAsync(stack, Connections);
        foreach (var (percent, ofRequest) in Loads)
        {
            var every = TimeSpan.FromSeconds(ofRequest / (firehose * percent / 100));
            var requests = (int)Math.Ceiling(Seconds / every.TotalSeconds);
            var stream = work.Stream($"latency-{percent}-{ofRequest}", new(0, settings.Contacts));
            var load = await OpenLoad.SendAsync(stack, work, sender, stream, requests, ofRequest, every, static () => true);
            load.AddTo(report, Name, $"{percent} % of the firehose, {ofRequest} a request");
        }

        report.Add(Name, "requests sent again", sender.Repeats, "");
        await work.CheckAsync(Name, settings.Contacts);
    }
}
